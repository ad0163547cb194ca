/**
 * One pass over the accounts of a domain, one mailbox after the other. Only folders with the name of
 * an address of this domain are looked into.
 */
import { randomBytes } from 'node:crypto';
import { ownAddress } from '../accounts/address.ts';
import type { Folder } from './folder.ts';
import { cleanMailbox, type MailboxContext } from './mailbox.ts';
import { within } from './maildir.ts';
import type { Report } from './report.ts';
import { DAY_MS, type Rules } from './rules.ts';

export interface StoreContext {
  readonly domain: string;
  readonly rules: Rules;
  readonly now: number;
  readonly dryRun: boolean;
  readonly report: Report;
  /**
   * Addresses with an IMAP connection; it may be older than the last login that was noted. Undefined
   * when that is not known: no account is removed then.
   */
  readonly connected: ReadonlySet<string> | undefined;
}

/** Accounts on their way out. The name has no @: it is no address, nobody can log in. */
const REMOVED = '.removed-';
const PASSWORD = 'password';

export const expireStore = (domainFolder: Folder, context: StoreContext): void => {
  const { report } = context;
  for (const name of domainFolder.names()) {
    if (name.startsWith(REMOVED)) finishRemoval(domainFolder, name, context);
    if (ownAddress(name, context.domain) !== name) continue;
    within(domainFolder, name, report.failed, (mailbox) => {
      report.mailbox();
      if (isInactive(mailbox, name, context)) removeAccount(domainFolder, name, context);
      else cleanMailbox(mailbox, mailboxContext(name, context));
    });
  }
};

/** The messages of one mailbox only. @param address as `ownAddress` gives it */
export const expireMailbox = (
  domainFolder: Folder,
  address: string,
  context: StoreContext,
): void => {
  const { report } = context;
  within(domainFolder, address, report.failed, (mailbox) => {
    report.mailbox();
    cleanMailbox(mailbox, mailboxContext(address, context));
  });
};

const mailboxContext = (
  address: string,
  { rules, now, dryRun, report }: StoreContext,
): MailboxContext => ({
  rules,
  now,
  remove({ folder, name, path }, reason) {
    if (dryRun || folder.unlink(name)) report.removed(reason, `${address}/${path}`);
  },
  onError: report.failed,
});

/** Notes a connection as a login of today. */
const isInactive = (mailbox: Folder, address: string, context: StoreContext): boolean => {
  const { rules, now, dryRun, connected } = context;
  const idleMs = now - lastLogin(mailbox);
  if (connected?.has(address)) {
    if (idleMs > DAY_MS && !dryRun) mailbox.touch(PASSWORD, now);
    return false;
  }
  return idleMs >= rules.inactiveMs && connected !== undefined;
};

/** A folder that was left without a password is no account; it is as old as its last change. */
const lastLogin = (mailbox: Folder): number => {
  const password = mailbox.statEntry(PASSWORD);
  if (password === undefined) return mailbox.stat().mtimeMs;
  return password.isFile() ? password.mtimeMs : Number.POSITIVE_INFINITY;
};

/** The account goes at once for everybody else; a login that comes just then brings it back. */
const removeAccount = (domainFolder: Folder, address: string, context: StoreContext): void => {
  const { report, dryRun, now, rules } = context;
  if (dryRun) {
    report.removed('inactive', address);
    return;
  }
  const name = REMOVED + randomBytes(12).toString('hex');
  domainFolder.rename(address, name);
  const folder = domainFolder.open(name);
  const loggedIn = folder !== undefined && now - lastLogin(folder) < rules.inactiveMs;
  folder?.close();
  if (loggedIn) {
    domainFolder.rename(name, address);
    return;
  }
  report.removed('inactive', address);
  domainFolder.removeTree(name);
};

/** What a pass left that was ended in the middle. */
const finishRemoval = (domainFolder: Folder, name: string, context: StoreContext): void => {
  if (context.dryRun || name.includes('@')) return;
  try {
    domainFolder.removeTree(name);
  } catch (error) {
    context.report.failed(error);
  }
};
