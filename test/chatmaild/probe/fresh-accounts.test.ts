import { createSecureContext } from 'node:tls';
import { describe, expect, test } from 'vitest';
import type { Credentials } from '../../../src/chatmaild/accounts/credentials.ts';
import {
  type FreshAccountContext,
  firstLogin,
  type NewAnswer,
} from '../../../src/chatmaild/probe/fresh-accounts.ts';
import { Network } from '../../../src/chatmaild/probe/network.ts';
import { PermanentError } from '../../../src/chatmaild/probe/steps.ts';

const ACCOUNT: Credentials = { email: 'probe1234@_a.test', password: 'password1' };
const BUSY = 'the server is too busy';
const REFUSED = new PermanentError('its answer to AUTH was 535');

/** A relay that refuses a first login until the account is there, `refusals` times or for good. */
function relay(answers: readonly NewAnswer[], refusals = Number.POSITIVE_INFINITY) {
  let made = false;
  let logins = 0;
  let asked = 0;
  const notes: string[] = [];
  const context: FreshAccountContext = {
    network: new Network({ mailDomain: '_a.test', context: createSecureContext() }),
    accounts: {
      isFree: () => Promise.resolve(!made),
      note: () => Promise.resolve(),
      makeOnDisk: () => {
        made = true;
        return Promise.resolve();
      },
    },
    nameLength: { min: 9, max: 9 },
    passwordMinLength: 9,
    note: (text) => void notes.push(text),
    using: () => {},
  };
  const login = (): Promise<void> => {
    logins += 1;
    return made || logins > refusals ? Promise.resolve() : Promise.reject(REFUSED);
  };
  const ask = (): Promise<NewAnswer> => {
    asked += 1;
    return Promise.resolve(answers[asked - 1] ?? ACCOUNT);
  };
  return { context, login, ask, notes, seen: () => ({ made, logins, asked }) };
}

describe('a first login', () => {
  test('of a relay that makes accounts', async () => {
    const { context, login, ask, notes, seen } = relay([], 0);
    await firstLogin(context, ACCOUNT, login, ask);
    expect(seen()).toEqual({ made: false, logins: 1, asked: 0 });
    expect(notes).toEqual([]);
  });

  test('of a relay that has become too busy: the probe makes the account', async () => {
    const { context, login, ask, notes, seen } = relay([BUSY]);
    await firstLogin(context, ACCOUNT, login, ask);
    expect(seen()).toEqual({ made: true, logins: 2, asked: 1 });
    expect(notes).toEqual([`no accounts are made now: ${BUSY}; the probe made its own`]);
  });

  test('of a relay that was too busy for a moment', async () => {
    const { context, login, ask, notes } = relay([], 1);
    await firstLogin(context, ACCOUNT, login, ask);
    expect(notes).toEqual([]);
  });

  test('of a relay that makes accounts and refuses their logins', async () => {
    const { context, login, ask, seen } = relay([]);
    await expect(firstLogin(context, ACCOUNT, login, ask)).rejects.toBe(REFUSED);
    expect(seen()).toEqual({ made: false, logins: 3, asked: 2 });
  });

  test('into an account that is there: the refusal stands', async () => {
    const { context, login, ask, seen } = relay([BUSY]);
    const taken = { ...context.accounts, isFree: () => Promise.resolve(false) };
    const refused = firstLogin({ ...context, accounts: taken }, ACCOUNT, login, ask);
    await expect(refused).rejects.toBe(REFUSED);
    expect(seen().asked).toBe(0);
  });

  test('while the web server is down: the refusal stands', async () => {
    const { context, login } = relay([BUSY]);
    await expect(firstLogin(context, ACCOUNT, login, undefined)).rejects.toBe(REFUSED);
  });
});
