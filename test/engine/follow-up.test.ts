import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyScript } from '../../src/engine/apply/script.ts';
import { stepCommands } from '../../src/engine/apply/steps.ts';
import { combine } from '../../src/engine/combine.ts';
import type { Facts } from '../../src/engine/facts.ts';
import { queryFor } from '../../src/engine/observe/query.ts';
import { plan } from '../../src/engine/planning/index.ts';
import type { FollowUp } from '../../src/engine/state.ts';
import { bareFacts, CONF, compileOptions, demoPart, deployedFacts } from './scenario.ts';

const NOTICE = '/var/lib/demo/notice';
const followUp: FollowUp = {
  name: 'introduction',
  command: ['demo', '--introduce'],
  inputs: { files: [CONF], packages: [] },
  notice: NOTICE,
};
const state = combine([{ ...demoPart, followUps: [followUp] }]);
const conf = deployedFacts.files[CONF];
const introduced: Facts = {
  ...deployedFacts,
  stamps: { ...deployedFacts.stamps, introduction: { [CONF]: conf?.sha256 ?? '' } },
};
const followUps = (facts: Facts) =>
  plan(state, facts).steps.flatMap((step) => (step.kind === 'follow-up' ? [step.because] : []));

describe('planning', () => {
  it('runs it after the units', () => {
    expect(plan(state, bareFacts).steps.at(-1)?.kind).toBe('follow-up');
  });

  it('plans nothing when it was finished with the same inputs', () => {
    expect(plan(state, introduced).steps).toEqual([]);
  });

  it('runs it again when an input has changed', () => {
    const stamps = { ...introduced.stamps, introduction: { [CONF]: 'other' } };
    expect(followUps({ ...introduced, stamps })).toEqual([[CONF]]);
  });

  it('runs it again while its notice is there', () => {
    const files = { ...introduced.files, ...(conf ? { [NOTICE]: conf } : {}) };
    expect(followUps({ ...introduced, files })).toEqual([['it was not finished the last time']]);
  });

  it('looks for the notice and the inputs', () => {
    expect(queryFor([state]).paths).toContain(NOTICE);
    expect(queryFor([state]).paths).toContain(CONF);
  });

  it('gives a name to one of them only', () => {
    expect(() => combine([{ name: 'x', followUps: [followUp, followUp] }])).toThrow('two parts');
  });
});

describe('commands', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cmdeploy-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const runIt = (command: FollowUp['command']): string => {
    const notice = join(folder, 'notice');
    const step = { ...followUp, kind: 'follow-up', command, notice, because: [] } as const;
    const commands = stepCommands({ ...step, stamp: followUp.inputs }, '/stage');
    const stubs = 'stamp() { echo stamp; }; acted() { :; };';
    return execFileSync('bash', ['-c', `set -euo pipefail; ${stubs} ${commands}`], {
      encoding: 'utf8',
    });
  };

  it('goes on after a failure that left a notice', () => {
    writeFileSync(join(folder, 'notice'), 'no');
    expect(runIt(['false'])).toBe('stamp\n');
  });

  it('hands on every notice at the end, whether its command ran or not', () => {
    const notice = join(folder, 'notice');
    writeFileSync(notice, 'no');
    const of = combine([{ name: 'x', absent: ['/x'], followUps: [{ ...followUp, notice }] }]);
    const text = applyScript({ steps: [] }, of, compileOptions);
    const shown = /^show_notice\(\) \{[\s\S]*?^\}$/m.exec(text)?.[0] ?? '';
    const call = /^show_notice \S+$/m.exec(text)?.[0] ?? '';
    const script = `progress() { echo "$*"; }\n${shown}\n${call}`;
    expect(execFileSync('bash', ['-c', script], { encoding: 'utf8' })).toBe('notice bm8=\n');
  });

  it('fails when a failure left no notice', () => {
    expect(() => runIt(['false'])).toThrow();
    expect(runIt(['true'])).toBe('stamp\n');
  });
});
