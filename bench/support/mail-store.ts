/** A mail store as Dovecot leaves it, with many mailboxes of a few files each. */
import { closeSync, futimesSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';

const DAY_S = 86_400;
const FOLDERS = ['cur', 'new', 'tmp'] as const;
const OTHER_FILES = [
  'enforceE2EEincoming',
  'dovecot-uidlist',
  'dovecot.index.log',
  'dovecot.index.cache',
  'dovecot.list.index.log',
] as const;

export interface MailStore {
  /** Made by {@link makeMailStore}: the folder `DOMAIN` in it holds the mailboxes. */
  readonly dir: string;
  readonly domain: string;
  readonly mailboxes: number;
  readonly messages: number;
}

/**
 * One account of a hundred was last used 100 days ago; one message of ten is 30 days old. Messages are
 * empty files: nobody reads them.
 */
export const makeMailStore = (store: MailStore): void => {
  const now = Math.floor(Date.now() / 1000);
  for (let index = 0; index < store.mailboxes; index += 1) {
    const address = `u${String(index).padStart(8, '0')}@${store.domain}`;
    const mailbox = join(store.dir, store.domain, address);
    for (const folder of FOLDERS) mkdirSync(join(mailbox, folder), { recursive: true });
    for (const name of OTHER_FILES) touch(join(mailbox, name), now);
    touch(join(mailbox, 'password'), now - (index % 100 === 0 ? 100 * DAY_S : 0));
    for (let message = 0; message < store.messages; message += 1) {
      const saved = now - ((index * store.messages + message) % 10 === 0 ? 30 : 3) * DAY_S;
      const folder = message === 0 ? 'new' : 'cur';
      touch(join(mailbox, folder, `${saved}.M${message}P1.bench,S=3000,W=3060:2,S`), saved);
    }
  }
};

const touch = (path: string, seconds: number): void => {
  const fd = openSync(path, 'w');
  futimesSync(fd, seconds, seconds);
  closeSync(fd);
};
