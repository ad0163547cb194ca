import { mkdirSync, mkdtempSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lastLoginTable } from '../../../src/chatmaild/accounts/last-login.ts';

const NOW = Date.UTC(2026, 10, 22);
const HOUR_MS = 60 * 60 * 1000;
const ADDRESS = 'abcdefgh1@_a.test';

const passwordOf = (hoursAgo: number) => {
  const mailDir = mkdtempSync(join(tmpdir(), 'last-login-'));
  const folder = join(mailDir, '_a.test', ADDRESS);
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'password');
  writeFileSync(path, '{X}hash', { mode: 0o400 });
  const seconds = (NOW - hoursAgo * HOUR_MS) / 1000;
  utimesSync(path, seconds, seconds);
  return { table: lastLoginTable(mailDir, '_a.test', () => NOW), path };
};

const login = (address: string) => ({ key: `shared/last-login/${address}`, value: '1' });

describe('lastLoginTable', () => {
  it('notes a login', async () => {
    const { table, path } = passwordOf(24);
    expect(table.owns(login(ADDRESS).key)).toBe(true);
    await table.apply(login(ADDRESS), ADDRESS);
    expect(statSync(path).mtimeMs).toBe(NOW);
  });

  it('notes one a day', async () => {
    const { table, path } = passwordOf(23);
    await table.apply(login(ADDRESS), ADDRESS);
    expect(statSync(path).mtimeMs).toBe(NOW - 23 * HOUR_MS);
  });

  it.each(['abcdefgh1@other.test', '../x@_a.test', ''])('refuses %j', async (address) => {
    const { table } = passwordOf(24);
    await expect(table.apply(login(address), address)).rejects.toThrow('no address of this relay');
  });

  it('fails for an account that is gone, and is asked for no other key', async () => {
    const { table } = passwordOf(24);
    await expect(table.apply(login('b@_a.test'), 'b@_a.test')).rejects.toThrow(/ENOENT/);
    expect(table.owns('priv/abc/devicetoken')).toBe(false);
    expect(await table.lookup(login(ADDRESS).key, ADDRESS)).toBeUndefined();
  });
});
