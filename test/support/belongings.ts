/** What no deploy may cost a relay: an account with its messages, and a message that waits in the queue. */
import { vi } from 'vitest';
import { type LabHost, onHost } from './cmdeploy.ts';
import { deliver, type Login } from './delivery.ts';
import { newCredentials } from './deltachat.ts';
import { allMessages, createByImap, waitForSource, withMailbox } from './imap.ts';
import { pgpMime } from './messages.ts';
import { submitting } from './relays.ts';

const MESSAGES = 3;
/** Of a network that is for documentation (RFC 5737): nobody answers there. */
const UNREACHABLE = 'somebody@[192.0.2.1]';
const PATIENCE = { timeout: 60_000, interval: 250 };

export interface Belongings {
  readonly login: Login;
  /** Fields by which messages are told apart; sorted. */
  readonly messages: readonly string[];
  /** Queue ids; sorted. */
  readonly queue: readonly string[];
}

export async function makeBelongings(relay: LabHost): Promise<Login> {
  const login = newCredentials(relay.domain);
  await createByImap(relay, login);
  const from = login.address;
  const recipients = [...Array.from({ length: MESSAGES }, () => from), UNREACHABLE];
  await submitting(relay, login, async (session) => {
    for (const to of recipients) {
      const { id, source } = await pgpMime({ from, to });
      const reply = await deliver(session, { from, to: [to] }, source);
      if (reply.code !== 250) throw new Error(`not accepted: ${reply.code} ${reply.text}`);
      if (to === from) await waitForSource(relay, login, id);
    }
  });
  await vi.waitUntil(async () => (await queueOf(relay)).length === 1, PATIENCE);
  return login;
}

/** As they are now; the login with the password is part of it. */
export async function belongingsOf(relay: LabHost, login: Login): Promise<Belongings> {
  const sources = await withMailbox(relay, login, allMessages);
  const messages = sources.map((source) => /^Message-ID: <(.+)>/im.exec(source)?.[1] ?? source);
  return { login, messages: messages.sort(), queue: await queueOf(relay) };
}

async function queueOf(relay: LabHost): Promise<string[]> {
  const lines = (await onHost(relay, 'postqueue', '-j')).split('\n').filter(Boolean);
  return lines
    .map((line) => JSON.parse(line) as { queue_id: string; queue_name: string })
    .filter(({ queue_name: name }) => name === 'deferred' || name === 'active')
    .map(({ queue_id: id }) => id)
    .sort();
}
