import { expect, test } from 'vitest';
import { type ConfirmOptions, confirmOn } from '../../src/cli/confirm.ts';
import type { Examination } from '../../src/engine/examine.ts';
import { plan } from '../../src/engine/planning/index.ts';
import type { Consent } from '../../src/engine/preview/consent.ts';
import { demoState, deployedFacts } from '../engine/scenario.ts';

const stamps = { 'demo.service': { ...deployedFacts.stamps['demo.service'], demo: '0.9' } };
const facts = { ...deployedFacts, stamps };
const blueprint = { parts: () => [], ports: [], version: '0', userFacing: ['demo.service'] };

const confirm = async (options: ConfirmOptions, isTerminal: boolean, generation?: number) => {
  const asked: Consent[] = [];
  const ask = async (consent: Consent): Promise<boolean> => {
    asked.push(consent);
    return false;
  };
  const examination: Examination = {
    platform: { debian: 13 },
    state: demoState,
    whole: demoState,
    plan: plan(demoState, facts),
    facts: { ...facts, records: { broken: false, ...(generation && { generation }) } },
    warnings: [],
  };
  const agreed = await confirmOn({ blueprint }, options, ask, isTerminal)(examination);
  return { agreed, asked };
};

test('on a terminal the operator decides about a restart that disconnects people', async () => {
  const { agreed, asked } = await confirm({}, true, 3);
  expect(agreed).toBe(false);
  expect(asked).toEqual([{ removed: [], stopped: [], disconnecting: ['demo.service'] }]);
});

test.each([
  ['--yes', { yes: true }, true, 3],
  ['--json', { json: true }, true, 3],
  ['no terminal', {}, false, 3],
  ['never deployed', {}, true, undefined],
] as const)('%s: nobody is asked', async (_name, options, isTerminal, generation) => {
  expect(await confirm(options, isTerminal, generation)).toEqual({ agreed: true, asked: [] });
});
