import { X509Certificate } from 'node:crypto';
import { expect, it } from 'vitest';
import { externalProblems, unservedNames } from '../../../src/chatmaild/certificate/external.ts';
import { parsePair } from '../../../src/chatmaild/certificate/pair.ts';
import { authority, selfSigned } from '../../support/certificates.ts';

const DAY = 86_400_000;
const NAMES = ['a.test', 'www.a.test', 'mta-sts.a.test'];
const root = authority();
const intermediate = authority(root);
const { certificate, key } = intermediate.issue(NAMES, 60);
const roots = [new X509Certificate(root.certificate)];
const complete = parsePair(certificate + intermediate.certificate, key);
const own = selfSigned('_one.test');
// After all of them were issued.
const now = Date.now();

it('has nothing against a complete certificate', () => {
  expect(externalProblems(complete, 'a.test', roots, now)).toEqual([]);
  expect(unservedNames(complete, 'a.test')).toEqual([]);
  const withRoot = parsePair(certificate + intermediate.certificate + root.certificate, key);
  expect(externalProblems(withRoot, 'a.test', roots, now)).toEqual([]);
});

it('misses the intermediate certificate', () => {
  expect(externalProblems(parsePair(certificate, key), 'a.test', roots, now)).toEqual([
    expect.stringContaining('append the intermediate'),
  ]);
});

it('does not ask a self-signed certificate for a chain', () => {
  expect(externalProblems(parsePair(own, own), '_one.test', roots, now)).toEqual([]);
});

it('misses the mail domain, and tells of the other names', () => {
  expect(externalProblems(complete, 'b.test', roots, now)).toEqual(['it is not for b.test']);
  expect(unservedNames(complete, 'b.test')).toEqual(['www.b.test', 'mta-sts.b.test']);
});

it('looks at the dates', () => {
  const at = (time: number) => externalProblems(complete, 'a.test', roots, time);
  expect(at(now - DAY)).toEqual([expect.stringContaining('valid only from')]);
  expect(at(now + 50 * DAY)).toEqual([expect.stringMatching(/ends in (9|10) days/)]);
  expect(at(now + 61 * DAY)).toEqual([expect.stringContaining('has ended')]);
});
