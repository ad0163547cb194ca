import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type AccountStore, openStore } from '../../../src/chatmaild/accounts/store.ts';

const ADDRESS = 'abcdefgh1@_a.test';
let mailDir: string;
let store: AccountStore;

beforeEach(async () => {
  mailDir = mkdtempSync(join(tmpdir(), 'accounts-'));
  store = openStore(mailDir, '_a.test');
  await store.prepare();
});

const inDomain = (...path: string[]) => join(mailDir, '_a.test', ...path);

describe('openStore', () => {
  it('makes an account that only its owner can read', async () => {
    expect(await store.passwordHash(ADDRESS)).toBeUndefined();
    expect(await store.create(ADDRESS, '{X}hash')).toBe(true);
    expect(await store.passwordHash(ADDRESS)).toBe('{X}hash');
    expect(readdirSync(inDomain())).toEqual([ADDRESS]);
    expect(readdirSync(inDomain(ADDRESS)).sort()).toEqual(['enforceE2EEincoming', 'password']);
    expect(statSync(inDomain(ADDRESS)).mode & 0o777).toBe(0o700);
    expect(statSync(inDomain(ADDRESS, 'password')).mode & 0o777).toBe(0o600);
  });

  it('has one winner among many at the same time', async () => {
    const hashes = Array.from({ length: 20 }, (_, n) => `{X}${n}`);
    const made = await Promise.all(hashes.map((hash) => store.create(ADDRESS, hash)));
    expect(made.filter(Boolean)).toHaveLength(1);
    expect(await store.passwordHash(ADDRESS)).toBe(hashes[made.indexOf(true)]);
    expect(readdirSync(inDomain())).toEqual([ADDRESS]);
  });

  it('leaves a folder without password alone', async () => {
    mkdirSync(inDomain(ADDRESS, 'cur'), { recursive: true });
    expect(await store.create(ADDRESS, '{X}hash')).toBe(false);
    expect(readdirSync(inDomain(ADDRESS))).toEqual(['cur']);
  });

  it('clears away what a killed process left, and nothing else', async () => {
    mkdirSync(inDomain('.new-0123'));
    mkdirSync(inDomain('.new-0123@_a.test'));
    await store.prepare();
    expect(readdirSync(inDomain())).toEqual(['.new-0123@_a.test']);
  });

  it('takes cleartext only for an account whose owner asked for it', async () => {
    expect(await store.acceptsCleartext(ADDRESS)).toBe(false);
    await store.create(ADDRESS, '{X}hash');
    expect(await store.acceptsCleartext(ADDRESS)).toBe(false);
    rmSync(inDomain(ADDRESS, 'enforceE2EEincoming'));
    expect(await store.acceptsCleartext(ADDRESS)).toBe(true);
  });

  it('writes the hash without a line end', async () => {
    await store.create(ADDRESS, '{X}hash');
    expect(readFileSync(inDomain(ADDRESS, 'password'), 'utf8')).toBe('{X}hash');
  });
});
