/** A message on its way: two fresh accounts, submission, filter, signature, queue, LMTP, IDLE. */
import type { Credentials } from '../accounts/credentials.ts';
import {
  askForAccount,
  type FreshAccountContext,
  firstLogin,
  prepareAccounts,
} from './fresh-accounts.ts';
import { ImapClient } from './imap.ts';
import { deliveryProblem, probeMessage } from './message.ts';
import type { Network } from './network.ts';
import { SmtpClient } from './smtp.ts';
import { PermanentError, StepFailedError, type Steps } from './steps.ts';

export interface MailContext extends FreshAccountContext {
  readonly steps: Steps;
  /** Takes a message out of the queue that was not delivered. */
  readonly discard: (queueId: string) => Promise<void>;
}

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
  const { steps, network } = context;
  const ask = () => askForAccount(network);
  const askAgain = web ? ask : undefined;
  try {
    const created = web ? await steps.run('new', ADVICE.accounts, ask) : undefined;
    const [from, to] = await steps.run('accounts', ADVICE.store, () =>
      prepareAccounts(context, created),
    );
    await steps.run('imap-login', ADVICE.login, () =>
      firstLogin(context, from, () => loginByImap(network, from), askAgain),
    );
    await steps.run('submission-login', ADVICE.login, () =>
      firstLogin(context, to, () => loginBySmtp(network, to), askAgain),
    );
    return await exchange(context, from, to);
  } catch (error) {
    if (error instanceof StepFailedError) return undefined;
    throw error;
  }
};

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
