import { expect, test } from 'vitest';
import { stepCommands } from '../../src/engine/apply/steps.ts';
import { combine } from '../../src/engine/combine.ts';
import type { UnitFact } from '../../src/engine/facts.ts';
import { queryFor } from '../../src/engine/observe/query.ts';
import { describeStep } from '../../src/engine/plan.ts';
import { plan } from '../../src/engine/planning/index.ts';
import { CONF, demoPart, deployedFacts } from './scenario.ts';

const FILE = '/etc/systemd/system/former.service';
const state = combine([
  demoPart,
  {
    name: 'former',
    absent: [FILE],
    retired: [{ name: 'former.service', because: 'nothing needs it' }],
  },
]);

const planFor = (fact: Partial<UnitFact>): string[] => {
  const unit = { load: 'loaded', active: 'active', file: 'enabled', needsDaemonReload: false };
  const conf = deployedFacts.files[CONF];
  return plan(state, {
    ...deployedFacts,
    files: { ...deployedFacts.files, ...(conf ? { [FILE]: conf } : {}) },
    units: { ...deployedFacts.units, 'former.service': { ...unit, ...fact } },
  }).steps.map(describeStep);
};

const REMOVED = [`remove ${FILE}`, 'reload systemd'];
const RETIRED = 'stop and disable former.service: nothing needs it';

test('a unit that is ours no longer is stopped before its file goes', () => {
  expect(planFor({})).toEqual([RETIRED, ...REMOVED]);
});

test.each([
  ['failed', { active: 'failed' }],
  ['enabled', { active: 'inactive' }],
  ['enabled until the next boot', { active: 'inactive', file: 'enabled-runtime' }],
])('also one that is %s', (_, fact) => {
  expect(planFor(fact)).toEqual([RETIRED, ...REMOVED]);
});

test.each([
  ['rests', { active: 'inactive', file: 'disabled' }],
  ['is masked', { load: 'masked', active: 'inactive', file: 'masked' }],
  ['is not there', { load: 'not-found', active: 'inactive', file: '' }],
])('but not one that %s', (_, fact) => {
  expect(planFor(fact)).toEqual(REMOVED);
});

test('it is looked at, stopped and disabled', () => {
  expect(queryFor([state]).units).toContain('former.service');
  const step = { kind: 'retire-unit', unit: 'former.service', because: '' } as const;
  expect(stepCommands(step, '/stage')).toMatch(/^systemctl disable --now former\.service$/m);
});
