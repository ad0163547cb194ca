/**
 * Deletes what is older than a relay keeps it: messages, and accounts that nobody uses.
 *
 *     node expire.cjs [CHATMAIL.INI] [--connected FILE]   all mailboxes, from a timer
 *     node expire.cjs --dry-run                           lists what would go: REASON, tab, path
 *     node expire.cjs --quota-warning                     one mailbox that is too full, from Dovecot
 *
 * Runs as the owner of the mail store, who can write nothing else. Exit status 1: something could
 * not be read or removed; the rest was done.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { domainInAddress } from '../config/domain.ts';
import { loadConfig } from '../config/load.ts';
import { ownAddress } from './accounts/address.ts';
import { type ExpireArguments, parseExpireArguments } from './expire/arguments.ts';
import { parseConnected } from './expire/connected.ts';
import { type Folder, openFolder } from './expire/folder.ts';
import { createReport } from './expire/report.ts';
import { rulesOf } from './expire/rules.ts';
import { expireMailbox, expireStore, type StoreContext } from './expire/store.ts';
import { readRequest, warningArgument } from './expire/warning.ts';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** Without the option, for a dry run, everybody who is not connected is assumed to be gone. */
const connectedUsers = ({ connected, dryRun }: ExpireArguments) => {
  if (connected !== undefined) return parseConnected(readFileSync(connected, 'utf8'));
  return dryRun ? new Set<string>() : undefined;
};

const warnedMailbox = async (domain: string): Promise<string> => {
  const argument = warningArgument(await readRequest(process.stdin)) ?? '';
  process.stdin.destroy();
  const address = ownAddress(argument, domain);
  if (address === undefined) throw new Error('what came in is no quota warning of Dovecot');
  return address;
};

const refuseOthers = (folder: Folder, { dryRun, mailDir }: ExpireArguments): void => {
  if (dryRun || folder.stat().uid === process.getuid?.()) return;
  throw new Error(
    `${mailDir} belongs to another user; run: systemctl start chatmail-expire.service`,
  );
};

const main = async (): Promise<void> => {
  const options = parseExpireArguments(process.argv.slice(2));
  const config = loadConfig(options.config);
  const domain = config.mail_domain;
  const path = join(options.mailDir, domainInAddress(domain));
  const folder = openFolder(path);
  if (folder === undefined) return print('no accounts yet');
  refuseOthers(folder, options);
  const report = createReport(options.dryRun ? (line) => print(inFolder(path, line)) : () => {});
  const { dryRun } = options;
  const context: StoreContext = {
    domain,
    rules: rulesOf(config),
    now: Date.now(),
    dryRun,
    report,
    connected: connectedUsers(options),
  };
  if (options.quotaWarning) expireMailbox(folder, await warnedMailbox(domain), context);
  else expireStore(folder, context);
  if (context.connected === undefined && !options.quotaWarning)
    print('no account was deleted: it is not known who is connected');
  process.stderr.write(`${dryRun ? 'would go of ' : ''}${report.summary()}\n`);
  if (report.failures() > 0) process.exitCode = 1;
};

const inFolder = (path: string, line: string): string => line.replace('\t', `\t${path}/`);

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
