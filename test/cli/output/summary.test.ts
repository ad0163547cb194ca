import { expect, test } from 'vitest';
import { summaryLines } from '../../../src/cli/output/summary.ts';
import type { Step } from '../../../src/engine/plan.ts';
import { plan } from '../../../src/engine/planning/index.ts';
import { bareFacts, demoState, deployedFacts } from '../../engine/scenario.ts';

test('a first deploy', () => {
  const lines = summaryLines(plan(demoState, bareFacts));
  expect(lines).toContain('installed 2 packages: demo, openssl');
  expect(lines).toContain('started 1 service: demo.service');
  expect(lines.join('\n')).toMatch(/^wrote 3 files: .*\/etc\/demo\/demo\.conf/m);
});

test('nothing changed, nothing to sum up', () => {
  expect(summaryLines(plan(demoState, deployedFacts))).toEqual([]);
});

test('many are counted, not listed; what a host said cannot drive the terminal', () => {
  const remove = (path: string): Step => ({ kind: 'remove', path });
  const many = Array.from({ length: 9 }, (_, index) => remove(`/etc/${index}`));
  expect(summaryLines({ steps: many })).toEqual(['removed 9 files']);
  expect(summaryLines({ steps: [remove('/etc/\u001b[2J')] })).toEqual(['removed 1 file: /etc/']);
});
