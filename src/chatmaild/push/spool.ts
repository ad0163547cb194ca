/**
 * The folders through which a notification goes, below one that belongs to root. Each step is a rename,
 * so that a killed process loses nothing and does at most something twice.
 *
 *     mail/ADDRESS     Dovecot's Lua: this mailbox has new mail. Empty.
 *     taken/ADDRESS    the accounts service is looking for the mailbox's tokens
 *     queue/NAME       it wants this token to be notified
 *     pending/NAME     the push service is trying to
 *     gone/NAME        the token is not in use any more, for the accounts service to forget
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';

export interface Spool {
  readonly mail: string;
  readonly taken: string;
  readonly queue: string;
  readonly pending: string;
  readonly gone: string;
}

export const spoolBelow = (root: string): Spool => ({
  mail: join(root, 'mail'),
  taken: join(root, 'taken'),
  queue: join(root, 'queue'),
  pending: join(root, 'pending'),
  gone: join(root, 'gone'),
});

export interface Notification {
  readonly token: string;
  /** Whose token it is. */
  readonly address: string;
}

/** Longest file of a notification that is read. */
export const MAX_NOTIFICATION_BYTES = 8 * 1024;

/** Name of a notification's files: the same for the same token, so that it waits only once. */
export const notificationName = (token: string): string =>
  createHash('sha256').update(token, 'latin1').digest('hex');

export const isNotificationName = (name: string): boolean => /^[0-9a-f]{64}$/.test(name);

export const formatNotification = ({ token, address }: Notification): string =>
  `${token}\n${address}\n`;

/** What {@link formatNotification} wrote; undefined for anything else. */
export const parseNotification = (content: string): Notification | undefined => {
  const [token, address, end, ...more] = content.split('\n');
  if (!token || !address || end !== '' || more.length > 0) return undefined;
  return { token, address };
};
