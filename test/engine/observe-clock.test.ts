import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { observe } from '../../src/engine/observe/index.ts';
import { queryFor } from '../../src/engine/observe/query.ts';
import type { Host } from '../../src/host/host.ts';

const ASKED = Date.UTC(2026, 10, 22, 12);
const ROUND_TRIP = 800;

beforeEach(() => {
  vi.useFakeTimers({ now: ASKED });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A host that answers after {@link ROUND_TRIP} ms and has this time then. */
const hostAt = (now: string): Host => ({
  name: 'alpha',
  counters: { connections: 1, execs: 1 },
  exec: () => {
    vi.setSystemTime(ASKED + ROUND_TRIP);
    const stdout = `@@machine\nnow\t${now}\n@@end\n`;
    return Promise.resolve({ code: 0, stdout, stderr: '' });
  },
  close: () => Promise.resolve(),
});

it.each([
  ['in between: nobody can tell', ASKED + 300, 0],
  ['an hour ahead', ASKED + ROUND_TRIP + 3_600_000, 3_600_000],
  ['a second behind', ASKED - 1000, -1000],
])("the host's clock is %s", async (_, now, offset) => {
  const { machine } = await observe(hostAt(String(now)), queryFor([]));
  expect(machine.clockOffsetMs).toBe(offset);
});

it('is not known where the host does not tell it', async () => {
  const { machine } = await observe(hostAt('noon'), queryFor([]));
  expect(machine.clockOffsetMs).toBeUndefined();
});
