import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Outbox } from '../../../src/chatmaild/push/outbox.ts';
import { GIVE_UP_AFTER_MS, pauseAfter } from '../../../src/chatmaild/push/pauses.ts';
import { type Outcome, Sender } from '../../../src/chatmaild/push/sender.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;

/** An outbox in memory: names with the time at which they were queued. */
class FakeOutbox implements Outbox {
  readonly queue = new Map<string, number>();
  readonly pending = new Map<string, number>();
  readonly forgotten: string[] = [];

  async take(name: string) {
    const since = this.queue.get(name);
    if (since === undefined) return false;
    this.queue.delete(name);
    this.pending.set(name, since);
    return true;
  }
  async read(name: string) {
    const since = this.pending.get(name);
    return since === undefined ? undefined : { token: `token of ${name}`, address: 'a@b', since };
  }
  async done(name: string) {
    this.pending.delete(name);
  }
  async gone(name: string) {
    this.forgotten.push(name);
    this.pending.delete(name);
  }
}

let outbox: FakeOutbox;
let posted: { token: string; at: number }[];
let errors: unknown[];
let answer: (token: string) => Promise<Outcome> | Outcome;
let sender: Sender;

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  outbox = new FakeOutbox();
  posted = [];
  errors = [];
  answer = () => 'delivered';
  sender = new Sender({
    outbox,
    post: async (token) => {
      posted.push({ token, at: Date.now() });
      return answer(token);
    },
    failed: (error) => errors.push(error),
  });
});
afterEach(() => {
  vi.useRealTimers();
  expect(errors).toEqual([]);
});

const queue = (name: string) => {
  outbox.queue.set(name, Date.now());
  sender.offer(name);
};
const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

describe('the push service', () => {
  it('posts a token once and forgets it', async () => {
    queue('one');
    await pass(10 * HOUR);
    expect(posted).toEqual([{ token: 'token of one', at: 0 }]);
    expect(outbox.pending.size).toBe(0);
  });

  it('tries again with growing pauses and gives up after five hours', async () => {
    answer = () => 'failed';
    queue('one');
    await pass(20 * HOUR);
    const pauses = posted.slice(1).map(({ at }, index) => at - (posted[index]?.at ?? 0));
    expect(pauses.slice(0, 5)).toEqual([10, 20, 40, 80, 160].map((seconds) => seconds * SECOND));
    expect(Math.max(...pauses)).toBeLessThanOrEqual(HOUR);
    expect(posted.at(-1)?.at).toBeLessThanOrEqual(GIVE_UP_AFTER_MS);
    expect(posted.at(-1)?.at).toBeGreaterThan(GIVE_UP_AFTER_MS - HOUR);
    expect(outbox.pending.size).toBe(0);
  });

  it('does not post what is too old after a stop', async () => {
    outbox.pending.set('old', -GIVE_UP_AFTER_MS - 1);
    outbox.pending.set('young', -GIVE_UP_AFTER_MS + SECOND);
    sender.resume('old');
    sender.resume('young');
    await pass(HOUR);
    expect(posted.map(({ token }) => token)).toEqual(['token of young']);
    expect(outbox.pending.size).toBe(0);
  });

  it('hands back a token that is not in use any more', async () => {
    answer = () => 'gone';
    queue('one');
    await pass(HOUR);
    expect(outbox.forgotten).toEqual(['one']);
    expect(posted).toHaveLength(1);
  });

  it('posts once more for mail that comes during a post', async () => {
    let finish = (_: Outcome) => {};
    answer = () => new Promise((resolve) => (finish = resolve));
    queue('one');
    await pass(SECOND);
    queue('one');
    queue('one');
    finish('delivered');
    await pass(SECOND);
    expect(posted).toHaveLength(2);
    finish('delivered');
    await pass(HOUR);
    expect(posted).toHaveLength(2);
    expect(outbox.queue.size).toBe(0);
  });

  it('posts one after the other to a token that fails', async () => {
    answer = () => (posted.length < 3 ? 'failed' : 'delivered');
    queue('one');
    await pass(SECOND);
    for (let n = 0; n < 100; n += 1) queue('one');
    await pass(HOUR);
    // Two failures, a success, and what had come in the meantime.
    expect(posted).toHaveLength(4);
  });

  it('survives names whose files are not there', async () => {
    sender.offer('nothing');
    sender.resume('nothing');
    await pass(HOUR);
    expect(posted).toEqual([]);
    queue('nothing');
    await pass(HOUR);
    expect(posted).toHaveLength(1);
  });

  it('lets new mail pass ten thousand tokens that fail', async () => {
    answer = async (token) => {
      if (token === 'token of new') return 'delivered';
      await new Promise((resolve) => setTimeout(resolve, 30 * SECOND));
      return 'failed';
    };
    for (let n = 0; n < 10_000; n += 1) {
      outbox.pending.set(`old-${n}`, 0);
      sender.resume(`old-${n}`);
    }
    await pass(100 * SECOND);
    const before = Date.now();
    queue('new');
    await pass(SECOND);
    expect(posted.at(-1)).toEqual({ token: 'token of new', at: before });
  });

  it('has a bounded number of requests under way', async () => {
    let underWay = 0;
    let most = 0;
    answer = async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setTimeout(resolve, SECOND));
      underWay -= 1;
      return 'delivered' as const;
    };
    for (let n = 0; n < 1000; n += 1) queue(`name-${n}`);
    await pass(HOUR);
    expect(posted).toHaveLength(1000);
    expect(most).toBe(32);
  });
});

describe('pauseAfter', () => {
  it('ends with the fifth hour', () => {
    expect(pauseAfter(1, 0, 0)).toBe(10 * SECOND);
    expect(pauseAfter(30, 0, 0)).toBe(HOUR);
    expect(pauseAfter(1, 0, GIVE_UP_AFTER_MS)).toBeUndefined();
  });
});
