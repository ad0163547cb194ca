import { expect, test } from 'vitest';
import { summarise } from '../../../src/engine/history/summary.ts';
import type { Step } from '../../../src/engine/plan.ts';
import { plan } from '../../../src/engine/planning/index.ts';
import { bareFacts, demoState } from '../scenario.ts';

const remove = (path: string): Step => ({ kind: 'remove', path });
const many = (count: number): Step[] =>
  Array.from({ length: count }, (_, index) => remove(`/etc/${index}`));

test('a short plan, step by step, without what changes nothing', () => {
  const confirm: Step = { kind: 'confirm-units', units: ['a.service'] };
  expect(summarise({ steps: [remove('/etc/a'), confirm] })).toEqual(['remove /etc/a']);
});

test('a long plan in groups', () => {
  const steps: Step[] = [
    { kind: 'retire-unit', unit: 'a.service', because: 'x' },
    { kind: 'install', packages: ['b', 'c'] },
    ...many(20),
  ];
  expect(summarise({ steps })).toEqual([
    'stop: a.service',
    'install packages: b, c',
    'remove files: /etc/0, /etc/1, /etc/2 and 17 more',
  ]);
});

test('a first deploy fits', () => {
  const lines = summarise(plan(demoState, bareFacts));
  expect(lines.length).toBeLessThanOrEqual(14);
  expect(lines).toContain('install demo openssl');
});

test('a line that is too long is cut', () => {
  const [line = ''] = summarise({ steps: [remove(`/${'x'.repeat(500)}`)] });
  expect(line).toHaveLength(160);
  expect(line).toMatch(/…$/);
});
