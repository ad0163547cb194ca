import chalk from 'chalk';
import { beforeAll, expect, it } from 'vitest';
import { renderPlan } from '../../../src/cli/output/plan.ts';
import { plan } from '../../../src/engine/planning/index.ts';
import { bareFacts, demoState, deployedFacts } from '../../engine/scenario.ts';

beforeAll(() => {
  chalk.level = 0;
});

it('shows what kind of change each step is, without colour', () => {
  const lines = renderPlan('chat.example', plan(demoState, bareFacts));
  expect(lines[0]).toBe('chat.example: 12 steps');
  expect(lines).toContain('  + write /etc/demo/demo.conf');
  expect(lines).toContain('  ? check with demo -t');
  expect(lines).toContain('  * start demo.service');
});

it('says plainly that there is nothing to do', () => {
  expect(renderPlan('chat.example', plan(demoState, deployedFacts))).toEqual([
    'chat.example: nothing to do, it is as chatmail.ini wants it',
  ]);
});

it('makes what a host said harmless for the terminal', () => {
  const unit = { load: 'loaded', active: 'dead\u001b]0;x\u0007', file: 'enabled' } as const;
  const facts = {
    ...deployedFacts,
    units: { 'demo.service': { ...unit, needsDaemonReload: false } },
  };
  expect(renderPlan('chat.example', plan(demoState, facts)).join('\n')).not.toContain('\u001b');
});
