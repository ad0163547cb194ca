/** A message on its way: two fresh accounts, submission, filter, signature, queue, LMTP, IDLE. */

import { ownAddress } from '../accounts/address.ts';
import { SHORTAGES } from '../accounts/capacity.ts';
import { type Credentials, inventCredentials } from '../accounts/credentials.ts';
import type { ProbeAccounts } from './accounts.ts';
import { ImapClient } from './imap.ts';
import { deliveryProblem, probeMessage } from './message.ts';
import type { Network } from './network.ts';
import { SmtpClient } from './smtp.ts';
import { PermanentError, StepFailedError, type Steps } from './steps.ts';
import { postHttps } from './web.ts';

export interface MailContext {
  readonly network: Network;
  readonly steps: Steps;
  readonly accounts: ProbeAccounts;
  /** What the relay asks of names and passwords. */
  readonly nameLength: { readonly min: number; readonly max: number };
  readonly passwordMinLength: number;
  readonly note: (text: string) => void;
  /** Told of the accounts before they are made. */
  readonly using: (accounts: readonly Credentials[]) => void;
  /** Takes a message out of the queue that was not delivered. */
  readonly discard: (queueId: string) => Promise<void>;
}

/** Names that are tried; they are all taken where the relay allows only very short ones. */
const NAME_ATTEMPTS = 20;
/** Dovecot itself waits half a second before it tells of new mail. */
const DELIVERY_TIMEOUT_MS = 10_000;

const LOGS = 'journalctl -u chatmail-logs.service';
const ADVICE = {
  accounts: 'see: systemctl status chatmail-accounts, journalctl -u chatmail-accounts.service',
  login: `see: journalctl -u chatmail-accounts.service, ${LOGS}`,
  store: 'see the mail store and its disk: df -h, ls -ld /home/vmail/mail',
  idle: `see: systemctl status dovecot, ${LOGS}`,
  submission: `see: journalctl -u chatmail-filter.service -u opendkim.service, ${LOGS}`,
  delivery: `see: mailq, ${LOGS}`,
} as const;

/** @returns milliseconds from handing the message over to its announcement; undefined when a step failed */
export const tryMail = async (context: MailContext, web: boolean): Promise<number | undefined> => {
  const { steps } = context;
  try {
    const created = web
      ? await steps.run('new', ADVICE.accounts, () => askForAccount(context.network))
      : undefined;
    const [from, to] = await steps.run('accounts', ADVICE.store, () => prepare(context, created));
    await steps.run('imap-login', ADVICE.login, () => loginByImap(context.network, from));
    await steps.run('submission-login', ADVICE.login, () => loginBySmtp(context.network, to));
    return await exchange(context, from, to);
  } catch (error) {
    if (error instanceof StepFailedError) return undefined;
    throw error;
  }
};

/** Two accounts, noted before they are made by their first login, or made here when none is. */
const prepare = async (
  context: MailContext,
  created: Credentials | string | undefined,
): Promise<[from: Credentials, to: Credentials]> => {
  const from = typeof created === 'object' ? created : await invent(context);
  const to = await invent(context, from.email);
  context.using([from, to]);
  await context.accounts.note([from, to]);
  if (typeof created !== 'string') return [from, to];
  await context.accounts.makeOnDisk(from);
  await context.accounts.makeOnDisk(to);
  context.note(`no accounts are made now: ${created}; the probe made its own`);
  return [from, to];
};

/** @returns why none is made for now, when that is so */
const askForAccount = async (network: Network): Promise<Credentials | string> => {
  const { status, body } = await postHttps(network, '/new');
  const answer = parseObject(body);
  const { email, password, reason } = answer;
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

const invent = async (context: MailContext, taken = ''): Promise<Credentials> => {
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

/** The first login makes the account. */
const loginByImap = async (network: Network, { email, password }: Credentials): Promise<void> => {
  const client = await ImapClient.open(network, 993);
  try {
    await client.login(email, password);
  } finally {
    await client.logout();
  }
};

const loginBySmtp = async (network: Network, { email, password }: Credentials): Promise<void> => {
  const client = await SmtpClient.open(network, 465);
  try {
    await client.login(email, password);
  } finally {
    client.quit();
  }
};

const exchange = async (
  context: MailContext,
  from: Credentials,
  to: Credentials,
): Promise<number> => {
  const { steps, network } = context;
  const inbox = await steps.run('idle', ADVICE.idle, () => startIdle(network, to));
  try {
    const message = probeMessage({ from: from.email, to: to.email }, Date.now());
    const sent = await steps.run('submission', ADVICE.submission, () =>
      submit(network, from, to, message.source),
    );
    const arrival = steps.run('delivery', ADVICE.delivery, () =>
      inbox.idleUntilMail(DELIVERY_TIMEOUT_MS),
    );
    const number = await arrival.catch(async (error: unknown) => {
      if (sent.queueId) await context.discard(sent.queueId);
      throw error;
    });
    const deliveryMs = Math.round(performance.now() - sent.at);
    await inbox.endIdle().catch(() => {});
    await steps.run('message', ADVICE.delivery, async () => {
      const problem = deliveryProblem(await inbox.fetch(number), message.token);
      if (problem !== undefined) throw new PermanentError(problem);
    });
    return deliveryMs;
  } finally {
    await inbox.logout();
  }
};

const startIdle = async (
  network: Network,
  { email, password }: Credentials,
): Promise<ImapClient> => {
  const client = await ImapClient.open(network, 143);
  try {
    await client.login(email, password);
    await client.select('INBOX');
    await client.startIdle();
    return client;
  } catch (error) {
    await client.logout();
    throw error;
  }
};

const submit = async (
  network: Network,
  from: Credentials,
  to: Credentials,
  source: string,
): Promise<{ at: number; queueId: string | undefined }> => {
  const client = await SmtpClient.open(network, 587);
  try {
    await client.login(from.email, from.password);
    const at = performance.now();
    const queueId = await client.send({ from: from.email, to: to.email }, source);
    return { at, queueId };
  } finally {
    client.quit();
  }
};
