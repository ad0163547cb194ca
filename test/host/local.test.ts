import { userInfo } from 'node:os';
import { describe, expect, test } from 'vitest';
import { CommandTimeoutError, NotRootError, OutputTooLargeError } from '../../src/host/errors.ts';
import { connectLocal } from '../../src/host/local.ts';
import { openHost } from '../../src/host/open.ts';
import { asRoot, refuseWithoutRoot } from '../../src/host/root.ts';

// The rest runs commands as root, as a deploy to this machine would.
describe.runIf(userInfo().uid === 0)('this machine', () => {
  const host = connectLocal();

  test('exit code, both outputs, arguments kept literally', async () => {
    const script = 'printf "%s|" "$@"; echo no >&2; exit 3';
    expect(await host.exec(['sh', '-c', script, 'sh', "it's $HOME", '', '*'])).toEqual({
      code: 3,
      stdout: "it's $HOME||*|",
      stderr: 'no\n',
    });
  });

  test('input, also to a command that does not read it', async () => {
    const input = Buffer.alloc(4 * 1024 * 1024, 'mail');
    expect((await host.exec(['wc', '-c'], { input })).stdout.trim()).toBe(String(input.length));
    expect((await host.exec(['false'], { input })).code).toBe(1);
    expect((await host.exec(['cat'])).code).toBe(0);
  });

  test('lines as they come', async () => {
    const lines: string[] = [];
    await host.exec(['printf', 'a\\nb'], { onLine: (line) => lines.push(line) });
    expect(lines).toEqual(['a', 'b']);
  });

  test('a signal is no exit code, and a missing program is 127', async () => {
    const killed = await host.exec(['sh', '-c', 'kill -KILL $$']);
    expect(killed).toMatchObject({ code: null, signal: 'KILL' });
    expect(await host.exec(['/nonexistent/program'])).toMatchObject({ code: 127 });
  });

  test('too long, too much: given up at once, pipes held by children or not', async () => {
    const long = host.exec(['sh', '-c', 'sleep 5 & wait'], { timeoutMs: 200 });
    await expect(long).rejects.toBeInstanceOf(CommandTimeoutError);
    const much = host.exec(['yes'], { maxOutputBytes: 100_000 });
    await expect(much).rejects.toBeInstanceOf(OutputTooLargeError);
  });
});

test('localhost is not reached by SSH', async () => {
  const host = await openHost({ host: 'localhost' });
  expect(host.name).toBe('localhost');
  expect(host.counters.connections).toBe(0);
});

describe('becoming root', () => {
  test('through sudo, unless root already', () => {
    expect(asRoot(['id'], true)).toEqual(['id']);
    expect(asRoot(['id'], false)).toEqual(['env', 'LC_ALL=C.UTF-8', 'sudo', '-n', '--', 'id']);
  });

  test.each([
    [1, 'sudo: a password is required\n'],
    [1, 'sudo: a terminal is required to read the password; either use the -S option\n'],
    [1, 'joe is not in the sudoers file.\n'],
    [1, "Sorry, user joe is not allowed to execute '/usr/bin/id' as root on alpha.\n"],
    [127, "env: 'sudo': No such file or directory\n"],
  ])('what sudo says is told: %i %s', (code, stderr) => {
    const refuse = () => refuseWithoutRoot('alpha', 'joe', { code, stdout: '', stderr });
    expect(refuse).toThrow(NotRootError);
    expect(refuse).toThrow(stderr.trim());
  });

  test.each([
    [1, 'grep: x: No such file or directory\n'],
    [127, 'sh: 1: foo: not found\n'],
    [0, 'sudo: a password is required\n'],
  ])('a command that fails by itself is left alone: %i %s', (code, stderr) => {
    refuseWithoutRoot('alpha', 'joe', { code, stdout: '', stderr });
  });
});
