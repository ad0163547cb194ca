import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { askForConsent, consentLines } from '../../../src/cli/output/consent.ts';
import type { Plan, Step } from '../../../src/engine/plan.ts';
import { consentFor } from '../../../src/engine/preview/consent.ts';

const restart = (unit: string): Step => ({
  kind: 'restart',
  unit,
  because: [],
  stamp: { files: [], packages: [] },
});
const planOf = (...steps: Step[]): Plan => ({ steps });
const linesFor = (...steps: Step[]): string[] =>
  consentLines(consentFor(planOf(...steps), ['mail.service']));

test('what is asked about', () => {
  expect(linesFor({ kind: 'remove', path: '/etc/old' })).toEqual(['This removes /etc/old.']);
  expect(linesFor(restart('mail.service'))).toEqual([
    'This restarts mail.service: people are disconnected for a moment.',
  ]);
  expect(linesFor({ kind: 'forbid-unit', unit: 'exim4.service', because: 'x' })).toEqual([
    'This stops exim4.service for good.',
  ]);
  expect(linesFor({ kind: 'retire-unit', unit: 'former.service', because: 'x' })).toEqual([
    'This stops former.service for good.',
  ]);
});

test('what is not: other restarts, reloads, a leftover of our own', () => {
  expect(linesFor(restart('web.service'))).toEqual([]);
  const reload: Step = { ...restart('mail.service'), kind: 'reload' } as Step;
  expect(linesFor(reload, { kind: 'remove-policy', path: '/usr/sbin/policy-rc.d' })).toEqual([]);
});

const asked = (typed: string) => {
  const conversation = { input: new PassThrough(), output: new PassThrough() };
  const answer = askForConsent(
    consentFor(planOf(restart('mail.service')), ['mail.service']),
    conversation,
  );
  conversation.input.write(typed);
  return { answer, shown: () => String(conversation.output.read() ?? '') };
};

test.each([
  ['yes\n', true],
  [' YES \n', true],
  ['y\n', false],
  ['no\n', false],
  ['\n', false],
  ['\u0003', false],
  ['\u0004', false],
])('%j: %s', async (typed, expected) => {
  const { answer, shown } = asked(typed);
  expect(await answer).toBe(expected);
  expect(shown()).toMatch(/^This restarts mail\.service[^\n]*\n.*Go on \(yes\/no\)\? /s);
});

test('nothing to agree to: nobody is asked', async () => {
  expect(await askForConsent(consentFor(planOf(), []))).toBe(true);
});
