/** Reads mailboxes through IMAP, as a client on port 993 does. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionOptions } from 'node:tls';
import { ImapFlow } from 'imapflow';
import type { Login } from './delivery.ts';
import type { SmtpTarget } from './smtp.ts';

const TIMEOUT_MS = 30_000;
/** Postfix tries again after a minute what could not be delivered at once. */
const DELIVERY_MS = 100_000;
const POLL_MS = 250;

/** Where IMAP is served: by TLS from the start, and after STARTTLS. */
export type ImapPort = 993 | 143;

/** Logs in; throws when the server refuses. End it with `logout()` or use {@link withMailbox}. */
export async function openMailbox(
  target: SmtpTarget,
  login: Login,
  port: ImapPort = 993,
  tls: Pick<ConnectionOptions, 'minVersion' | 'maxVersion'> = {},
): Promise<ImapFlow> {
  const client = new ImapFlow({
    host: target.address,
    port,
    ...(port === 993 ? { secure: true } : { secure: false, doSTARTTLS: true }),
    servername: target.domain,
    tls: { rejectUnauthorized: false, ...tls },
    auth: { user: login.address, pass: login.password },
    logger: false,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: 2 * TIMEOUT_MS,
  });
  // What happens to a connection no test is waiting for is no test's business.
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (error) {
    client.close();
    throw error;
  }
  return client;
}

export async function withMailbox<R>(
  target: SmtpTarget,
  login: Login,
  use: (client: ImapFlow) => Promise<R>,
): Promise<R> {
  const client = await openMailbox(target, login);
  try {
    await client.mailboxOpen('INBOX');
    return await use(client);
  } finally {
    await client.logout().catch(() => client.close());
  }
}

/** Makes the account, by logging in once. */
export async function createByImap(target: SmtpTarget, login: Login): Promise<void> {
  await withMailbox(target, login, async () => {});
}

/** Whether IMAP accepts the login; any other failure than a refusal is thrown. */
export async function imapAccepts(target: SmtpTarget, login: Login): Promise<boolean> {
  try {
    await createByImap(target, login);
    return true;
  } catch (error) {
    if ((error as { authenticationFailed?: boolean }).authenticationFailed) return false;
    throw error;
  }
}

/** Every message in the INBOX, as source text in which each character is one byte. */
export async function allMessages(client: ImapFlow): Promise<string[]> {
  await client.noop();
  const sources: string[] = [];
  for await (const { source } of client.fetch('1:*', { source: true })) {
    sources.push(source?.toString('latin1') ?? '');
  }
  return sources;
}

/** Waits for a message that contains the text. */
export async function waitForSource(
  target: SmtpTarget,
  login: Login,
  text: string,
  timeoutMs = DELIVERY_MS,
): Promise<string> {
  return await withMailbox(target, login, async (client) => {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const found = (await allMessages(client)).find((source) => source.includes(text));
      if (found !== undefined) return found;
      if (Date.now() > deadline) {
        throw new Error(`No message with "${text}" for ${login.address} within ${timeoutMs} ms.`);
      }
      await sleep(POLL_MS);
    }
  });
}

/** The header section of a message, unfolded: one line each field. */
export function headerFields(source: string): string[] {
  const end = source.indexOf('\r\n\r\n');
  return source
    .slice(0, end < 0 ? undefined : end)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n');
}
