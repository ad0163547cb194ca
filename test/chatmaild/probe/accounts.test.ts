import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hashPassword } from '../../../src/chatmaild/accounts/password.ts';
import { ProbeAccounts } from '../../../src/chatmaild/probe/accounts.ts';
import { processStart } from '../../../src/chatmaild/probe/process-start.ts';

const DOMAIN = 'x.test';
const OURS = { email: `probe1234@${DOMAIN}`, password: 'a-password-of-a-probe' };
const OTHERS = { email: `other1234@${DOMAIN}`, password: 'what-the-probe-wanted' };
/** No process has this id. */
const DEAD = '4194305-1';

let folder: string;
let accounts: ProbeAccounts;
const store = (...names: readonly string[]) => join(folder, 'mail', DOMAIN, ...names);
const record = (name = '') => join(folder, 'records', name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cmdeploy-probe-'));
  mkdirSync(store(), { recursive: true });
  mkdirSync(record());
  const folders = { mailDir: join(folder, 'mail'), records: record(), mailDomain: DOMAIN };
  accounts = new ProbeAccounts(folders);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** An account as a stranger has it, of a name that a probe wanted. */
const strangersAccount = async (): Promise<void> => {
  mkdirSync(store(OTHERS.email));
  writeFileSync(store(OTHERS.email, 'password'), await hashPassword('a password of their own'));
};

describe("a probe's own accounts", () => {
  test('are noted, made, and gone with the note', async () => {
    expect(await accounts.isFree(OURS.email)).toBe(true);
    await accounts.note([OURS]);
    await accounts.makeOnDisk(OURS);
    expect(readdirSync(store())).toEqual([OURS.email]);
    expect(readdirSync(store(OURS.email)).sort()).toEqual(['enforceE2EEincoming', 'password']);
    expect(readdirSync(record())).toEqual([`${process.pid}-${await processStart(process.pid)}`]);
    expect(await accounts.isFree(OURS.email)).toBe(false);
    await accounts.remove([OURS]);
    expect([readdirSync(store()), readdirSync(record())]).toEqual([[], []]);
  });

  test('are removed by their password, not by their name', async () => {
    await strangersAccount();
    await accounts.note([OTHERS]);
    await accounts.remove([OTHERS]);
    expect(existsSync(store(OTHERS.email, 'password'))).toBe(true);
  });

  test('what a daemon wrote too late goes, too', async () => {
    mkdirSync(store(OURS.email, 'tmp'), { recursive: true });
    await accounts.remove([OURS]);
    expect(readdirSync(store())).toEqual([]);
  });

  test('a name that is taken is left alone', async () => {
    await strangersAccount();
    await accounts.makeOnDisk(OTHERS).catch(() => {});
    await accounts.remove([OTHERS]);
    expect(existsSync(store(OTHERS.email, 'password'))).toBe(true);
  });
});

describe('accounts of former probes', () => {
  const leave = async (name: string): Promise<void> => {
    await accounts.makeOnDisk(OURS);
    writeFileSync(record(name), JSON.stringify([OURS]));
  };

  test('go when the probe has died', async () => {
    await leave(DEAD);
    await accounts.removeLeftovers();
    expect([readdirSync(store()), readdirSync(record())]).toEqual([[], []]);
  });

  test('stay while the probe runs', async () => {
    const running = `${process.pid}-${await processStart(process.pid)}`;
    await leave(running);
    await accounts.removeLeftovers();
    expect([readdirSync(store()), readdirSync(record())]).toEqual([[OURS.email], [running]]);
  });

  test('a login may still be on its way: the note stays for a minute', async () => {
    writeFileSync(record(DEAD), JSON.stringify([OURS]));
    await accounts.removeLeftovers();
    expect(readdirSync(record())).toEqual([DEAD]);
    await accounts.makeOnDisk(OURS);
    await accounts.removeLeftovers();
    expect([readdirSync(store()), readdirSync(record())]).toEqual([[], []]);
  });

  test.each([
    '',
    '[{"email":"probe1234@x.te',
    'null',
    '[null,1,{"email":1,"password":2}]',
    `[{"email":"../../outside@${DOMAIN}","password":"x"},{"email":"a@b","password":"x"}]`,
  ])('a damaged note removes nothing: %s', async (text) => {
    await strangersAccount();
    writeFileSync(record(DEAD), text);
    writeFileSync(record('not-a-note'), '');
    await accounts.removeLeftovers();
    expect(readdirSync(store())).toEqual([OTHERS.email]);
    expect(readdirSync(record())).toEqual(['not-a-note']);
  });
});

test('a process and its start', async () => {
  expect(await processStart(process.pid)).toMatch(/^\d+$/);
  expect(await processStart(4_194_305)).toBeUndefined();
});
