import chalk from 'chalk';
import { beforeAll, expect, it } from 'vitest';
import { renderPlan } from '../../../src/cli/output/plan.ts';
import { plan } from '../../../src/engine/planning/index.ts';
import { bareFacts, demoState, deployedFacts } from '../../engine/scenario.ts';

const host = 'chat.example';

beforeAll(() => {
  chalk.level = 0;
});

it('shows what kind of change each step is, without colour', () => {
  const lines = renderPlan({ host, plan: plan(demoState, bareFacts) });
  expect(lines[0]).toBe('chat.example: 12 steps');
  expect(lines).toContain('  + write /etc/demo/demo.conf');
  expect(lines).toContain('  ? check with demo -t');
  expect(lines).toContain('  * start demo.service');
});

it('says plainly that there is nothing to do', () => {
  const nothing = { host, plan: plan(demoState, deployedFacts) };
  expect(renderPlan(nothing)).toEqual([
    'chat.example: nothing to do, it is as chatmail.ini wants it',
  ]);
  expect(renderPlan({ ...nothing, as: 3 })).toEqual([
    'chat.example: nothing to do, it is as generation 3 was',
  ]);
});

it('makes what a host said harmless for the terminal', () => {
  const unit = { load: 'loaded', active: 'dead\u001b]0;x\u0007', file: 'enabled' } as const;
  const facts = {
    ...deployedFacts,
    units: { 'demo.service': { ...unit, needsDaemonReload: false } },
  };
  expect(renderPlan({ host, plan: plan(demoState, facts) }).join('\n')).not.toContain('\u001b');
});
