import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openDebugLog } from '../../../src/cli/log/debug-log.ts';
import { logEnd, logStart } from '../../../src/cli/log/frame.ts';
import { logEvent } from '../../../src/cli/log/log-event.ts';
import { loggedHost } from '../../../src/cli/log/logged-host.ts';
import type { ExecResult, Host } from '../../../src/host/host.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cmdeploy-log-'));
  path = join(folder, 'debug.log');
});
afterEach(() => rmSync(folder, { recursive: true }));

const text = (): string => readFileSync(path, 'utf8');
const lines = (): string[] =>
  text()
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z /, 'TIME '));

test('each entry has its time, details are below it', () => {
  const log = openDebugLog(path);
  log.write('first');
  log.write('second\nline', 'a\nb\n');
  log.close();
  expect(lines()).toEqual(['TIME first', 'TIME second line', '  a', '  b']);
});

test('is for its owner only, and is appended to', () => {
  writeFileSync(path, 'of yesterday\n', { mode: 0o644 });
  chmodSync(path, 0o644);
  const log = openDebugLog(path);
  log.write('today');
  log.close();
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(lines()).toEqual(['of yesterday', 'TIME today']);
});

test('holds neither secrets nor control characters nor contents of files', () => {
  const log = openDebugLog(path);
  log.write('| password = sesame\u001b]0;x\u0007', `token: sesame\n${'QUJD'.repeat(100)}`);
  log.close();
  expect(text()).not.toMatch(/sesame|QUJD/);
  expect(text()).not.toContain('\u001b');
  expect(text()).toContain('[400 characters of base64]');
});

test('long details are cut in the middle', () => {
  const log = openDebugLog(path);
  log.write('exec', `begin ${'long line\n'.repeat(100_000)} end`);
  log.close();
  expect(text()).toMatch(/begin [\s\S]*characters left out[\s\S]* end/);
  expect(text().length).toBeLessThan(30_000);
});

test('a full disk does not stop the command; it is said once', () => {
  const said = vi.spyOn(console, 'error').mockReturnValue(undefined);
  const log = openDebugLog('/dev/full');
  log.write('one');
  log.write('two');
  expect(said.mock.calls).toEqual([['/dev/full: cannot be written any more (ENOSPC)']]);
  said.mockRestore();
});

test('a command from beginning to end', () => {
  const log = openDebugLog(path);
  logStart(log, ['node', 'cmdeploy', 'run', '--host', 'a b']);
  logEvent(log, { kind: 'step-output', line: 'Unpacking' });
  logEvent(log, { kind: 'connecting', host: 'alpha' });
  logEnd(log, 1, new Error('it failed'));
  log.write('after the end');
  expect(text()).toContain(" command: cmdeploy run --host 'a b'\n");
  expect(lines()[0]).toMatch(/^TIME cmdeploy \d/);
  expect(lines().slice(2, 5)).toEqual([
    'TIME | Unpacking',
    'TIME connecting: {"host":"alpha"}',
    'TIME error',
  ]);
  expect(lines()[5]).toBe('  Error: it failed');
  expect(lines().at(-1)).toBe('TIME exit code 1');
});

const fakeHost = (exec: () => Promise<ExecResult>): Host => ({
  name: 'alpha',
  counters: { connections: 1, execs: 0 },
  exec,
  close: async () => undefined,
});

test('commands: what, how it ended, what it printed', async () => {
  const log = openDebugLog(path);
  const result = { code: 3, stdout: 'out\n', stderr: 'no\n' };
  const host = loggedHost(
    fakeHost(async () => result),
    log,
  );
  expect(await host.exec(['ls', 'a b'])).toBe(result);
  await host.exec(['sh', '-c', 'one\ntwo'], { input: 'sesame', confidential: true });
  await host.exec(['tail'], { onLine: () => undefined });
  await host.close();
  expect(lines().map((line) => line.replace(/\d+ ms/, 'N ms'))).toEqual([
    "TIME exec 1: ls 'a b'",
    'TIME exec 1: exit status 3 after N ms',
    '  out',
    '  no',
    'TIME exec 2: sh ..., 6 bytes to its input',
    "  sh -c 'one",
    "  two'",
    'TIME exec 2: exit status 3 after N ms',
    '  [7 characters, not logged]',
    'TIME exec 3: tail',
    'TIME exec 3: exit status 3 after N ms',
    '  no',
    'TIME disconnect from alpha',
  ]);
});

test('commands that could not be run to their end', async () => {
  const log = openDebugLog(path);
  const host = loggedHost(
    fakeHost(() => Promise.reject(new Error('the connection was lost'))),
    log,
  );
  await expect(host.exec(['true'])).rejects.toThrow('was lost');
  expect(text()).toMatch(/exec 1: given up after \d+ ms\n {2}Error: the connection was lost\n$/);
});
