/**
 * The two accounts of a probe. Their first logins make them, as those of people do; while the relay
 * makes none, the probe makes them itself: mail works all the same.
 */
import { ownAddress } from '../accounts/address.ts';
import { SHORTAGES } from '../accounts/capacity.ts';
import { type Credentials, inventCredentials } from '../accounts/credentials.ts';
import type { ProbeAccounts } from './accounts.ts';
import type { Network } from './network.ts';
import { postHttps } from './web.ts';

export interface FreshAccountContext {
  readonly network: Network;
  readonly accounts: Pick<ProbeAccounts, 'isFree' | 'note' | 'makeOnDisk'>;
  /** What the relay asks of names and passwords. */
  readonly nameLength: { readonly min: number; readonly max: number };
  readonly passwordMinLength: number;
  readonly note: (text: string) => void;
  /** Told of the accounts before they are made. */
  readonly using: (accounts: readonly Credentials[]) => void;
}

/** What `/new` answers: credentials, or why no account is made for now. */
export type NewAnswer = Credentials | string;

/** Names that are tried; they are all taken where the relay allows only very short ones. */
const NAME_ATTEMPTS = 20;
/** A host at the edge of its limits changes its mind every five seconds, with its load average. */
const LOGIN_ATTEMPTS = 3;

/**
 * Two accounts, noted before they are made by their first login, or made here when none is.
 * @param created undefined when the relay was not asked
 */
export const prepareAccounts = async (
  context: FreshAccountContext,
  created: NewAnswer | undefined,
): Promise<[from: Credentials, to: Credentials]> => {
  const from = typeof created === 'object' ? created : await invent(context);
  const to = await invent(context, from.email);
  context.using([from, to]);
  await context.accounts.note([from, to]);
  if (typeof created === 'string') {
    await makeHere(context, from, created);
    await makeHere(context, to, created);
  }
  return [from, to];
};

/**
 * A login that makes the account when it is not there yet. The relay may have stopped making accounts
 * since it was asked; as SMTP has the same answer for that as for a wrong password, it is asked again.
 * @param askAgain undefined when the web server is down
 * @throws what `login` threw, when that is not the reason
 */
export const firstLogin = async (
  context: FreshAccountContext,
  account: Credentials,
  login: () => Promise<void>,
  askAgain: (() => Promise<NewAnswer>) | undefined,
): Promise<void> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await login();
    } catch (error) {
      const isMade = !(await context.accounts.isFree(account.email));
      if (attempt === LOGIN_ATTEMPTS || isMade || !askAgain) throw error;
      const answer = await askAgain().catch(() => undefined);
      if (answer === undefined) throw error;
      if (typeof answer === 'string') await makeHere(context, account, answer);
    }
  }
};

/** @throws Error when it answers with neither an account nor a shortage */
export const askForAccount = async (network: Network): Promise<NewAnswer> => {
  const { status, body } = await postHttps(network, '/new');
  const { email, password, reason } = parseObject(body);
  if (status === 503 && isShortage(reason)) return reason;
  if (status !== 200) throw new Error(`/new answered ${status} ${String(reason ?? '')}`);
  const address = typeof email === 'string' ? ownAddress(email, network.mailDomain) : undefined;
  if (
    address === undefined ||
    typeof password !== 'string' ||
    !/^[a-z0-9]{9,250}$/.test(password)
  ) {
    throw new Error('/new did not answer with an address of the relay and a password');
  }
  return { email: address, password };
};

const makeHere = async (
  { accounts, note }: FreshAccountContext,
  account: Credentials,
  why: string,
): Promise<void> => {
  await accounts.makeOnDisk(account);
  note(`no accounts are made now: ${why}; the probe made its own`);
};

const isShortage = (reason: unknown): reason is string =>
  Object.values<unknown>(SHORTAGES).includes(reason);

const parseObject = (text: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
};

const invent = async (context: FreshAccountContext, taken = ''): Promise<Credentials> => {
  const rules = {
    mail_domain: context.network.mailDomain,
    username_min_length: context.nameLength.min,
    username_max_length: context.nameLength.max,
    password_min_length: context.passwordMinLength,
  };
  for (let attempt = 0; attempt < NAME_ATTEMPTS; attempt += 1) {
    const credentials = inventCredentials(rules);
    const { email } = credentials;
    if (email !== taken && (await context.accounts.isFree(email))) return credentials;
  }
  throw new Error('no free user name found; username_max_length should be larger');
};
