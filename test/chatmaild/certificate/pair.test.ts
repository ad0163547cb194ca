import { describe, expect, it } from 'vitest';
import { isSelfSigned, parsePair, uncovered } from '../../../src/chatmaild/certificate/pair.ts';
import { authority, selfSigned } from '../../support/certificates.ts';

const own = selfSigned('_one.test');
const ca = authority();
const issued = ca.issue(['a.test', 'www.a.test'], 5);

describe('parsePair', () => {
  it('reads certificate, chain and key, from one file or two', () => {
    expect(parsePair(own, own).chain).toEqual([]);
    const pair = parsePair(issued.certificate + ca.certificate, issued.key);
    expect(pair.chain).toHaveLength(1);
    expect(pair.leaf.subject).toBe('CN=leaf');
  });

  it('refuses a key of another certificate', () => {
    expect(() => parsePair(issued.certificate, own)).toThrow('does not belong');
  });

  it.each([
    ['', 'no certificate'],
    ['garbage', 'no certificate'],
    ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', 'damaged'],
  ])('refuses %j', (text, reason) => {
    expect(() => parsePair(text, own)).toThrow(reason);
  });

  it('refuses a certificate without a key', () => {
    expect(() => parsePair(issued.certificate, issued.certificate)).toThrow('no private key');
  });
});

it('knows a certificate that signed itself', () => {
  expect(isSelfSigned(parsePair(own, own))).toBe(true);
  expect(isSelfSigned(parsePair(issued.certificate, issued.key))).toBe(false);
});

it('knows what a certificate is for', () => {
  expect(uncovered(parsePair(own, own), ['_one.test', 'www._one.test', 'two.test'])).toEqual([
    'two.test',
  ]);
  expect(uncovered(parsePair(issued.certificate, issued.key), ['leaf', 'a.test'])).toEqual([
    'leaf',
  ]);
});
