import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { recordFunctions } from '../../../src/engine/history/record.ts';
import { decodeState, encodeState } from '../../../src/engine/history/stored-state.ts';
import type { RunInfo } from '../../../src/engine/run-info.ts';
import { demoState } from '../scenario.ts';

const RUN = '20260101T000000000Z';
let dir = '';

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'cmdeploy-record-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const record = (commands: string, run = RUN): string => {
  mkdirSync(join(dir, 'runs', run), { recursive: true });
  const script = `set -uo pipefail\nrun=${dir}/runs/${run}\n${recordFunctions(dir)}\n${commands}`;
  return execFileSync('bash', ['-c', script], { encoding: 'utf8', stdio: 'pipe' });
};

const putInfo = (info: RunInfo): void => {
  mkdirSync(join(dir, 'runs', RUN), { recursive: true });
  writeFileSync(join(dir, 'runs', RUN, 'info'), JSON.stringify(info));
};

const putState = (): void => {
  const { bytes, sha256 } = encodeState({
    version: '1.2.3',
    platform: { debian: 12 },
    state: demoState,
  });
  mkdirSync(join(dir, 'runs', RUN), { recursive: true });
  writeFileSync(join(dir, 'runs', RUN, 'state.json.gz'), bytes);
  writeFileSync(join(dir, 'runs', RUN, 'state.json.gz.sha256'), `${sha256}  state.json.gz\n`);
};

const deploy = (): void => {
  putState();
  record('keep_generation');
};

const historyLines = (): unknown[] =>
  readFileSync(join(dir, 'history.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
const current = (): string => readFileSync(join(dir, 'generation'), 'utf8');
const kept = (): string[] => readdirSync(join(dir, 'generations')).sort();

const info: RunInfo = {
  who: 'alice@laptop',
  version: '1.2.3',
  summary: [`change /etc/it's "here" \\ %s $(id)`],
};

test('a run is on two lines, with the generation before and after it', () => {
  putInfo(info);
  putState();
  record('history_start && keep_generation && history_end deployed');
  expect(historyLines()).toEqual([
    { event: 'start', run: RUN, time: expect.any(String), generation: null, from: '', info },
    { event: 'end', run: RUN, time: expect.any(String), result: 'deployed', generation: 1 },
  ]);
});

test('a line that a power cut has torn does not spoil the next one', () => {
  putInfo(info);
  record('history_start');
  appendFileSync(join(dir, 'history.jsonl'), '{"event":"sta\0\0');
  record('history_end broken');
  const lines = readFileSync(join(dir, 'history.jsonl'), 'utf8').split('\n');
  expect(lines).toHaveLength(4);
  expect(JSON.parse(lines[2] ?? '')).toMatchObject({ result: 'broken', generation: null });
});

test('a run that ended before it began is on record with who made it', () => {
  putInfo(info);
  record('history_end rolled-back');
  expect(historyLines()).toMatchObject([
    { event: 'start', info: { who: 'alice@laptop' } },
    { event: 'end', result: 'rolled-back' },
  ]);
});

test('a generation is kept whole, readable by root only', () => {
  deploy();
  expect(current()).toBe('1\n');
  const bytes = readFileSync(join(dir, 'generations/1/state.json.gz'));
  const sum = readFileSync(join(dir, 'generations/1/state.json.gz.sha256'), 'utf8');
  expect(decodeState(bytes, sum.slice(0, 64)).state).toEqual(demoState);
  const modes = execFileSync('stat', ['-c', '%a', 'generations/1', 'generations/1/state.json.gz'], {
    cwd: dir,
    encoding: 'utf8',
  });
  expect(modes).toBe('700\n600\n');
});

test('a state that arrived damaged becomes no generation', () => {
  deploy();
  putState();
  appendFileSync(join(dir, 'runs', RUN, 'state.json.gz'), 'x');
  expect(() => record('keep_generation')).toThrow();
  expect(current()).toBe('1\n');
});

test('the last ten are kept, and what is not a generation stays', () => {
  mkdirSync(join(dir, 'generations/notes'), { recursive: true });
  putState();
  record('mkdir "$run/a" && mv "$run"/state* "$run/a"');
  record('for _ in $(seq 12); do cp "$run/a"/* "$run" && keep_generation; done');
  expect(current()).toBe('12\n');
  expect(kept()).toEqual(['10', '11', '12', '3', '4', '5', '6', '7', '8', '9', 'notes']);
}, 60_000);

test.each(['', 'x\n', '07\n', '-1\n', '1; rm -rf /\n'])(
  'numbers go on when the counter is damaged: %j',
  (damage) => {
    deploy();
    deploy();
    writeFileSync(join(dir, 'generation'), damage);
    expect(record('current_generation')).toBe('2\n');
    deploy();
    expect(current()).toBe('3\n');
  },
);

test('numbers go on when the folders were removed', () => {
  deploy();
  deploy();
  rmSync(join(dir, 'generations'), { recursive: true });
  deploy();
  expect(kept()).toEqual(['3']);
});
