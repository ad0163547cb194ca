import { describe, expect, test } from 'vitest';
import type { RecordFacts } from '../../../src/engine/facts.ts';
import { checkDeployment, deploymentOf } from '../../../src/health/checks/deployment.ts';
import type { RunFact, StatusFacts } from '../../../src/health/facts.ts';
import { healthy } from '../facts.ts';

const at = (time: string): number => Date.parse(`2026-11-22T${time}:00Z`);
const who = 'alice@laptop';
const good: RunFact = {
  id: '20261122T193000000Z',
  started: at('19:30'),
  who,
  version: '0.1.0',
  result: 'deployed',
  generation: 1,
};
const cut: RunFact = { id: '20261122T195500000Z', started: at('19:55'), who, version: '0.2.0' };
const kept: RecordFacts = { generation: 1, broken: false };

const check = (
  facts: Partial<StatusFacts>,
  records: RecordFacts = kept,
  { running = false, settled = false } = {},
) => {
  const deployment = deploymentOf({ ...healthy, ...facts }, records, 'a.example', running);
  const item = checkDeployment(deployment, { domain: 'a.example', notices: [], settled });
  return [deployment.state, item.text, item.findings.map(({ level }) => level)];
};

const { mailDomain: _domain, ...nothing } = healthy;
const GOOD = '0.1.0, generation 1, 2026-11-22 19:30 UTC by alice@laptop';

describe('checkDeployment', () => {
  test('complete', () => {
    expect(check({ runs: [good] })).toEqual(['complete', GOOD, []]);
  });

  test('never', () => {
    const facts = { ...nothing, runs: [] };
    const deployment = deploymentOf(facts, { broken: false }, 'a.example', false);
    expect(deployment).toEqual({ state: 'never' });
    const context = { domain: 'a.example', notices: [], settled: false };
    expect(checkDeployment(deployment, context).findings[0]?.level).toBe('error');
  });

  test('another relay', () => {
    expect(check({ mailDomain: 'b.example' })).toEqual([
      'other-relay',
      'the relay of b.example',
      ['error'],
    ]);
  });

  test('half, when a run is open and not at work: an error only where none ever succeeded', () => {
    const open = { runId: cut.id, active: false };
    const text = 'half: the run of 2026-11-22 19:55 UTC by alice@laptop was cut short';
    expect(check({ runs: [cut, good] }, { ...kept, open })).toEqual(['half', text, ['warning']]);
    expect(check({ runs: [cut] }, { broken: false, open })).toEqual(['half', text, ['error']]);
  });

  test('an open run that is not on record yet', () => {
    const info = { who, version: '0.2.0', summary: [] };
    const open = { runId: cut.id, active: false, since: at('19:55'), info };
    expect(check({ runs: [good] }, { ...kept, open })[1]).toMatch(/^half: .* 19:55 .* cut short$/);
  });

  test('a run that was undone is a warning until the host is as wanted, a broken one an error', () => {
    const undone: RunFact = { ...cut, result: 'rolled-back', generation: 1 };
    const text = `${GOOD}; the run of 2026-11-22 19:55 UTC was rolled back`;
    expect(check({ runs: [undone, good] })).toEqual(['rolled-back', text, ['warning']]);
    expect(check({ runs: [undone, good] }, kept, { settled: true })[2]).toEqual([]);
    expect(
      check({ runs: [{ ...cut, result: 'broken' }, good] }, { ...kept, broken: true }),
    ).toEqual([
      'broken',
      'broken: the run of 2026-11-22 19:55 UTC by alice@laptop failed',
      ['error'],
    ]);
  });

  test('a run that is under way is not half', () => {
    expect(check({ runs: [cut, good] }, kept, { running: true })).toEqual([
      'running',
      'a run by alice@laptop is under way since 2026-11-22 19:55 UTC',
      ['warning'],
    ]);
  });

  test('no run on record', () => {
    expect(check({ runs: [] })[0]).toBe('unrecorded');
  });

  test('what follow-ups left', () => {
    const context = { domain: 'a.example', notices: ['no answer'], settled: true };
    const item = checkDeployment({ state: 'unrecorded' }, context);
    expect(item.findings.at(-1)).toMatchObject({ level: 'warning', log: ['no answer'] });
  });
});
