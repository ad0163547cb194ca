/** The accounts service's share of push: from a mailbox with new mail to its tokens in the queue. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ownAddress } from '../accounts/address.ts';
import { unlessMissing } from '../error-code.ts';
import type { TokenStore } from '../metadata/token-store.ts';
import {
  formatNotification,
  isNotificationName,
  type Notification,
  notificationName,
  parseNotification,
  type Spool,
} from './spool.ts';
import { watchFolder } from './watch-folder.ts';
import { createWorkQueue } from './work-queue.ts';

/** Mailboxes looked at simultaneously. */
const PARALLEL = 8;
/** Beginning of the names of files that are still being written. */
const UNFINISHED = '.';

/** Queues the tokens of a mailbox that has new mail, when `name` is a file's in `mail` or `taken`. */
export const queueTokens = async (
  spool: Spool,
  mailDomain: string,
  store: TokenStore,
  name: string,
): Promise<void> => {
  const taken = join(spool.taken, name);
  // First, so that mail which comes from now on is news again.
  await rename(join(spool.mail, name), taken).catch(unlessMissing);
  if (!existsSync(taken)) return;
  const address = ownAddress(name, mailDomain);
  const tokens = address === undefined ? [] : await store.tokens(address);
  for (const token of tokens) await enqueue(spool, { token, address: name });
  await rm(taken, { force: true });
};

const enqueue = async (spool: Spool, notification: Notification): Promise<void> => {
  const unfinished = join(spool.queue, UNFINISHED + randomBytes(12).toString('hex'));
  await writeFile(unfinished, formatNotification(notification), { flag: 'wx' });
  // The folder is closed to all but the two services; the push service has to read it.
  await chmod(unfinished, 0o644);
  await rename(unfinished, join(spool.queue, notificationName(notification.token)));
};

/** Forgets a token that the notification service does not know any more. */
export const forgetToken = async (
  spool: Spool,
  mailDomain: string,
  store: TokenStore,
  name: string,
): Promise<void> => {
  const path = join(spool.gone, name);
  const content = await readFile(path, 'latin1').catch(unlessMissing);
  if (content === undefined) return;
  const notification = parseNotification(content);
  const address = notification && ownAddress(notification.address, mailDomain);
  if (notification && address !== undefined) await store.remove(address, notification.token);
  await rm(path, { force: true });
};

/**
 * Begins to queue tokens, also those of mail that came while nobody looked.
 * @returns ends it
 */
export const watchArrivals = async (
  spool: Spool,
  mailDomain: string,
  store: TokenStore,
  failed: (error: unknown) => void,
): Promise<() => void> => {
  const queue = (name: string) => queueTokens(spool, mailDomain, store, name);
  const forget = (name: string) => forgetToken(spool, mailDomain, store, name);
  for (const name of await readdir(spool.queue))
    if (name.startsWith(UNFINISHED)) await rm(join(spool.queue, name), { force: true });
  const arrived = createWorkQueue(PARALLEL, queue, failed);
  const gone = createWorkQueue(PARALLEL, forget, failed);
  const stops = [
    watchFolder(spool.mail, arrived, failed),
    watchFolder(spool.taken, arrived, failed),
    watchFolder(spool.gone, (name) => isNotificationName(name) && gone(name), failed),
  ];
  return () => {
    for (const stop of stops) stop();
  };
};
