import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DictTable } from '../../../src/chatmaild/dict/table.ts';
import { readAppVersions } from '../../../src/chatmaild/metadata/app-versions.ts';
import { serverEntries } from '../../../src/chatmaild/metadata/keys.ts';
import { metadataTable } from '../../../src/chatmaild/metadata/table.ts';
import { openTokenStore, type TokenStore } from '../../../src/chatmaild/metadata/token-store.ts';
import { turnEntry } from '../../../src/chatmaild/metadata/turn.ts';

const GUID = 'd8a5b0f2c1e3';
const TOKEN_KEY = `priv/${GUID}/devicetoken`;
const server = (name: string) =>
  `shared/${GUID}/vendor/vendor.dovecot/pvt/server/vendor/deltachat/${name}`;
const USER = 'somebody1@chat.test';
const DAY = 24 * 3600;

let mailDir: string;
let now: number;
let store: TokenStore;
let table: DictTable;

const account = () => join(mailDir, 'chat.test', USER);
const file = () => join(account(), 'metadata.json');
const stored = () => JSON.parse(readFileSync(file(), 'utf8')).devicetoken;

beforeEach(() => {
  mailDir = mkdtempSync(join(tmpdir(), 'metadata-'));
  mkdirSync(account(), { recursive: true });
  now = 1_800_000_000;
  store = openTokenStore(mailDir, 'chat.test', () => now);
  const appversions = () => readAppVersions(join(mailDir, 'appversions.json'));
  const turn = turnEntry('chat.test', 'secret', () => 1_799_913_600_000);
  const irohrelay = () => 'https://iroh.test';
  table = metadataTable('chat.test', serverEntries({ irohrelay, turn, appversions }), store);
});
afterEach(() => rmSync(mailDir, { recursive: true }));

const set = (value: string | undefined, user = USER) =>
  table.apply({ key: TOKEN_KEY, value }, user);

describe('device tokens', () => {
  it('are added, read and cleared', async () => {
    await set('one');
    now += 1;
    await set('two');
    expect(await table.lookup(TOKEN_KEY, USER)).toBe('two one');
    expect(stored()).toEqual({ one: now - 1, two: now });
    await set(undefined);
    expect(await table.lookup(TOKEN_KEY, USER)).toBeUndefined();
  });

  it('are all kept when they come at the same time', async () => {
    const names = Array.from({ length: 20 }, (_, n) => `token-${n}`);
    await Promise.all(names.map((name) => set(name)));
    expect(Object.keys(stored()).sort()).toEqual([...names].sort());
    expect(readdirSync(account())).toEqual(['metadata.json']);
  });

  it('age, and do not when they are set again', async () => {
    await set('kept');
    await set('lost');
    now += 60 * DAY;
    await set('kept');
    now += 60 * DAY;
    expect(await store.tokens(USER)).toEqual(['kept']);
  });

  it('are written once a day', async () => {
    await set('one');
    now += DAY - 1;
    await set('one');
    expect(stored()).toEqual({ one: now - DAY + 1 });
  });

  it('of the older form get their times at the first look', async () => {
    writeFileSync(file(), '{"devicetoken": ["a", "b"], "x": 1}');
    expect((await store.tokens(USER)).sort()).toEqual(['a', 'b']);
    expect(JSON.parse(readFileSync(file(), 'utf8'))).toEqual({
      x: 1,
      devicetoken: { a: now, b: now },
    });
  });

  it.each(['', 'not JSON', '[]', `{"devicetoken": {"${'x'.repeat(600_000)}": 1}}`])(
    'begin anew where the file makes no sense',
    async (content) => {
      writeFileSync(file(), content);
      expect(await store.tokens(USER)).toEqual([]);
      await set('one');
      expect(stored()).toEqual({ one: now });
    },
  );

  it('are not read through a symbolic link', async () => {
    writeFileSync(join(mailDir, 'elsewhere'), '{"devicetoken": {"a": 1800000000}}');
    symlinkSync(join(mailDir, 'elsewhere'), file());
    await expect(store.tokens(USER)).rejects.toThrow('ELOOP');
  });

  it.each(['', 'a b', '\u0000', 'x'.repeat(5000), 'line\nbreak'])('are not %j', async (value) => {
    await expect(set(value)).rejects.toThrow('not a device token');
  });

  it.each(['../chat.test/x', 'a@other.test', '', '..', 'a/b@chat.test'])(
    'are not for %j',
    async (user) => {
      await expect(set('one', user)).rejects.toThrow('no address of this relay');
      await expect(table.lookup(TOKEN_KEY, user)).rejects.toThrow('no address of this relay');
    },
  );

  it('of nobody are none', async () => {
    expect(await store.tokens('nobody@chat.test')).toEqual([]);
    await store.remove('nobody@chat.test', 'one');
    expect(readdirSync(join(mailDir, 'chat.test'))).toEqual([USER]);
  });
});

describe('entries of the server', () => {
  it('are what the configuration says', async () => {
    expect(await table.lookup(server('irohrelay'), USER)).toBe('https://iroh.test');
    expect(await table.lookup(server('maxsmtprecipients'), USER)).toBe('1000');
    // printf 1800000000 | openssl dgst -sha1 -hmac secret -binary | base64
    expect(await table.lookup(server('turn'), USER)).toBe(
      'chat.test:3478:1800000000:gLWi2rjvTvj1nz01Rz2yxRVi9rk=',
    );
    expect(await table.lookup(server('unheardof'), USER)).toBeUndefined();
  });

  it('tell the versions of the app on one line of ASCII', async () => {
    expect(await table.lookup(server('appversions'), USER)).toBeUndefined();
    const path = join(mailDir, 'appversions.json');
    writeFileSync(path, '{\n "android": "2.57\u00e9\ud83d\ude00"\n}\n');
    const value = await table.lookup(server('appversions'), USER);
    expect(value).toBe('{"android":"2.57\\u00e9\\ud83d\\ude00"}');
    writeFileSync(path, '{');
    expect(await table.lookup(server('appversions'), USER)).toBeUndefined();
  });

  it('cannot be set by anybody', async () => {
    const change = { key: server('irohrelay'), value: 'https://evil.test' };
    await expect(table.apply(change, USER)).rejects.toThrow('cannot be set');
  });

  it.each([
    'priv/../devicetoken',
    `priv/${GUID}/devicetoken/x`,
    `priv/${GUID}/vendor/vendor.dovecot/pvt/server/devicetoken`,
    `shared/${GUID}/devicetoken`,
    `shared/${GUID}/comment`,
    'shared/last-login/somebody1@chat.test',
    '',
  ])('do not include %j', (key) => {
    expect(table.owns(key)).toBe(false);
  });
});
