import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openTokenStore, type TokenStore } from '../../../src/chatmaild/metadata/token-store.ts';
import { forgetToken, queueTokens, watchArrivals } from '../../../src/chatmaild/push/arrivals.ts';
import { openOutbox } from '../../../src/chatmaild/push/outbox.ts';
import {
  formatNotification,
  notificationName,
  parseNotification,
  type Spool,
  spoolBelow,
} from '../../../src/chatmaild/push/spool.ts';

const DOMAIN = 'chat.test';
const USER = 'somebody1@chat.test';
/** The machine may be busy. */
const PATIENCE = { timeout: 8000, interval: 20 };

let folder: string;
let spool: Spool;
let store: TokenStore;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'push-'));
  spool = spoolBelow(folder);
  for (const path of Object.values(spool)) mkdirSync(path);
  mkdirSync(join(folder, 'home', DOMAIN, USER), { recursive: true });
  store = openTokenStore(join(folder, 'home'), DOMAIN);
});
afterEach(() => rmSync(folder, { recursive: true }));

const arrive = (name = USER) => writeFileSync(join(spool.mail, name), '');

describe('new mail', () => {
  it('queues every token of the mailbox', async () => {
    await store.add(USER, 'one');
    await store.add(USER, 'two');
    arrive();
    await queueTokens(spool, DOMAIN, store, USER);
    expect(readdirSync(spool.queue).sort()).toEqual(
      [notificationName('one'), notificationName('two')].sort(),
    );
    expect(readFileSync(join(spool.queue, notificationName('one')), 'utf8')).toBe(`one\n${USER}\n`);
    expect(statSync(join(spool.queue, notificationName('one'))).mode & 0o777).toBe(0o644);
    expect(readdirSync(spool.mail)).toEqual([]);
    expect(readdirSync(spool.taken)).toEqual([]);
  });

  it('queues a token once, however much mail comes', async () => {
    await store.add(USER, 'one');
    for (let n = 0; n < 5; n += 1) {
      arrive();
      await queueTokens(spool, DOMAIN, store, USER);
    }
    expect(readdirSync(spool.queue)).toHaveLength(1);
  });

  it('queues nothing when it is no news', async () => {
    await store.add(USER, 'one');
    await queueTokens(spool, DOMAIN, store, USER);
    expect(readdirSync(spool.queue)).toEqual([]);
  });

  it.each([USER, 'other@elsewhere.test', 'nobody@chat.test', 'x', '-rf'])(
    'of %s without tokens leaves nothing behind',
    async (name) => {
      arrive(name);
      await queueTokens(spool, DOMAIN, store, name);
      expect([spool.mail, spool.taken, spool.queue].flatMap((path) => readdirSync(path))).toEqual(
        [],
      );
    },
  );

  it('is found that came while nobody looked, or whose handling was cut off', async () => {
    const other = 'somebody2@chat.test';
    mkdirSync(join(folder, 'home', DOMAIN, other));
    await store.add(USER, 'one');
    await store.add(other, 'two');
    writeFileSync(join(spool.taken, USER), '');
    writeFileSync(join(spool.queue, '.half-written'), 'tok');
    arrive(other);
    const errors: unknown[] = [];
    const stop = await watchArrivals(spool, DOMAIN, store, (error) => errors.push(error));
    // By name: what is half written counts as a file, too.
    const both = [notificationName('one'), notificationName('two')].sort();
    await vi.waitFor(() => expect(readdirSync(spool.queue).sort()).toEqual(both), PATIENCE);
    for (const name of readdirSync(spool.queue)) rmSync(join(spool.queue, name));
    arrive();
    const one = [notificationName('one')];
    await vi.waitFor(() => expect(readdirSync(spool.queue)).toEqual(one), PATIENCE);
    await vi.waitFor(() => expect(readdirSync(spool.taken)).toEqual([]), PATIENCE);
    stop();
    expect(errors).toEqual([]);
  }, 30_000);
});

describe('the queue', () => {
  const name = notificationName('one');

  it('is emptied by renaming, and remembers when it was filled', async () => {
    const outbox = openOutbox(spool);
    await store.add(USER, 'one');
    arrive();
    await queueTokens(spool, DOMAIN, store, USER);
    utimesSync(join(spool.queue, name), 1000, 1000);
    expect(await outbox.take(name)).toBe(true);
    expect(await outbox.take(name)).toBe(false);
    expect(await outbox.read(name)).toEqual({ token: 'one', address: USER, since: 1_000_000 });
    await outbox.done(name);
    expect(await outbox.read(name)).toBeUndefined();
    await outbox.done(name);
    await outbox.gone(name);
  });

  it('reports tokens that are gone, which are forgotten then', async () => {
    const outbox = openOutbox(spool);
    await store.add(USER, 'one');
    await store.add(USER, 'two');
    arrive();
    await queueTokens(spool, DOMAIN, store, USER);
    await outbox.take(name);
    await outbox.gone(name);
    expect(existsSync(join(spool.gone, name))).toBe(true);
    await forgetToken(spool, DOMAIN, store, name);
    expect(await store.tokens(USER)).toEqual(['two']);
    expect(readdirSync(spool.gone)).toEqual([]);
    await forgetToken(spool, DOMAIN, store, name);
  });

  it.each(['', 'one', 'one\n', '\n\n', 'one\na@b', 'one\na@b\nmore\n', 'x'.repeat(9000)])(
    'holds no notification %#',
    async (content) => {
      writeFileSync(join(spool.pending, name), content);
      expect(await openOutbox(spool).read(name)).toBeUndefined();
      writeFileSync(join(spool.gone, name), content);
      await forgetToken(spool, DOMAIN, store, name);
      expect(readdirSync(spool.gone)).toEqual([]);
    },
  );

  it('holds a token and its owner', () => {
    const notification = { token: 'one', address: USER };
    expect(parseNotification(formatNotification(notification))).toEqual(notification);
  });
});
