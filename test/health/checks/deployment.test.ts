import { describe, expect, test } from 'vitest';
import { checkDeployment, deploymentOf } from '../../../src/health/checks/deployment.ts';
import type { RunFact, StatusFacts } from '../../../src/health/facts.ts';
import { healthy } from '../facts.ts';

const good: RunFact = { id: '20261122T193000000Z', version: '0.1.0', code: 0 };
const failed: RunFact = { id: '20261122T195000000Z', version: '0.2.0', code: 1 };
const cut: RunFact = { id: '20261122T195500000Z', version: '0.2.0' };

const check = (facts: Partial<StatusFacts>, running = false) => {
  const deployment = deploymentOf({ ...healthy, ...facts }, 'a.example', running);
  const item = checkDeployment(deployment, 'a.example', []);
  return [deployment.state, item.text, item.findings.map(({ level }) => level)];
};

const { mailDomain: _domain, ...nothing } = healthy;

describe('checkDeployment', () => {
  test('complete', () => {
    expect(check({ runs: [good] })).toEqual([
      'complete',
      'cmdeploy 0.1.0, 2026-11-22 19:30 UTC',
      [],
    ]);
  });

  test('never', () => {
    const deployment = deploymentOf({ ...nothing, runs: [] }, 'a.example', false);
    expect(deployment).toEqual({ state: 'never' });
    expect(checkDeployment(deployment, 'a.example', []).findings[0]?.level).toBe('error');
  });

  test('another relay', () => {
    expect(check({ mailDomain: 'b.example' })).toEqual([
      'other-relay',
      'the relay of b.example',
      ['error'],
    ]);
  });

  test('half: an error only where no run ever succeeded', () => {
    const text = 'half: the run of 2026-11-22 19:50 UTC failed (exit status 1)';
    expect(check({ runs: [failed, good] })).toEqual(['half', text, ['warning']]);
    expect(check({ runs: [failed] })).toEqual(['half', text, ['error']]);
    expect(check({ runs: [cut, good] })[1]).toBe(
      'half: the run of 2026-11-22 19:55 UTC was cut short',
    );
  });

  test('a run that was undone is a warning, one that could not be an error', () => {
    const undone = { ...failed, code: 5 };
    const broken = { ...failed, code: 6 };
    expect(check({ runs: [undone, good] })).toEqual([
      'rolled-back',
      'cmdeploy 0.1.0, 2026-11-22 19:30 UTC; the run of 2026-11-22 19:50 UTC was rolled back',
      ['warning'],
    ]);
    expect(check({ runs: [broken, good] })).toEqual([
      'broken',
      'broken: the run of 2026-11-22 19:50 UTC failed',
      ['error'],
    ]);
  });

  test('a first run that died before it wrote a file', () => {
    expect(deploymentOf({ ...nothing, runs: [cut] }, 'a.example', false).state).toBe('half');
  });

  test('a run that is under way is not half', () => {
    expect(check({ runs: [cut, good] }, true)).toEqual([
      'running',
      'a run is under way since 2026-11-22 19:55 UTC',
      ['warning'],
    ]);
  });

  test('no run on record', () => {
    expect(check({ runs: [] })[0]).toBe('unrecorded');
  });

  test('what follow-ups left', () => {
    const item = checkDeployment({ state: 'unrecorded' }, 'a.example', ['no answer']);
    expect(item.findings.at(-1)).toMatchObject({ level: 'warning', log: ['no answer'] });
  });
});
