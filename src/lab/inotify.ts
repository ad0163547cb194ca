import { readFile, writeFile } from 'node:fs/promises';
import type { OnProgress } from './base.ts';

const LIMIT = '/proc/sys/fs/inotify/max_user_instances';
/** As on a relay: every IMAP connection that idles needs one. */
const WANTED = 65_536;

/**
 * Raises the kernel's limit of inotify instances, until the next boot. Hosts cannot do that for
 * themselves, and all hosts count as one: a user id is the same user in every container.
 */
export const ensureInotify = async (onProgress: OnProgress): Promise<void> => {
  const limit = Number(await readFile(LIMIT, 'utf8'));
  if (limit >= WANTED) return;
  onProgress(`raising fs.inotify.max_user_instances from ${limit} to ${WANTED}`);
  await writeFile(LIMIT, String(WANTED));
};
