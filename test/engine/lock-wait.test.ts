import { expect, test } from 'vitest';
import { HostBusyError } from '../../src/engine/apply/errors.ts';
import type { EngineEvent } from '../../src/engine/events.ts';
import { waitForLock } from '../../src/engine/lock-wait.ts';
import type { Argv, Host } from '../../src/host/host.ts';

const setup = (results: readonly (Error | string)[]) => {
  const events: EngineEvent[] = [];
  const waits: Argv[] = [];
  const left = [...results];
  const host: Host = {
    name: 'alpha',
    counters: { connections: 1, execs: 0 },
    close: () => Promise.resolve(),
    exec: (argv) => {
      waits.push(argv);
      return Promise.resolve({ code: 0, stdout: '', stderr: '' });
    },
  };
  const attempt = (): Promise<string> => {
    const result = left.shift() ?? 'done';
    return result instanceof Error ? Promise.reject(result) : Promise.resolve(result);
  };
  const wait = (seconds: number) =>
    waitForLock(host, seconds, (event) => events.push(event), attempt);
  return { wait, events, waits };
};
const busy = new HostBusyError('alpha');

test('waits for each run of somebody else, and tells', async () => {
  const { wait, events, waits } = setup([busy, busy, 'deployed']);
  expect(await wait(60)).toBe('deployed');
  expect(events).toHaveLength(2);
  expect(events[0]).toMatchObject({ kind: 'waiting', host: 'alpha', seconds: 60 });
  expect(waits).toHaveLength(2);
  expect(waits[0]?.at(-1)).toBe('60');
});

test('does not wait when it was not asked to', async () => {
  const { wait, events, waits } = setup([busy]);
  await expect(wait(0)).rejects.toBe(busy);
  expect([...events, ...waits]).toEqual([]);
});

test('another failure ends it at once', async () => {
  const other = new Error('no');
  const { wait, waits } = setup([busy, other]);
  await expect(wait(60)).rejects.toBe(other);
  expect(waits).toHaveLength(1);
});
