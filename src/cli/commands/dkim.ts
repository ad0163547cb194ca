import { Command } from 'commander';
import { loadConfigFile } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { runChecks } from '../../dns/check.ts';
import type { Check } from '../../dns/checks/check.ts';
import { dkimCheck, expiredDkimCheck } from '../../dns/checks/dkim.ts';
import { type HostDns, type RetiredKey, readHostDns } from '../../dns/host.ts';
import { hasZone } from '../../dns/relay-facts.ts';
import { type DkimKey, dkimName, dkimRecord } from '../../dns/relay-records.ts';
import type { Report } from '../../dns/report.ts';
import { resolversFor } from '../../dns/resolvers.ts';
import {
  forgetKey,
  isExpired,
  newSelector,
  prepareKey,
  RotationError,
  rotationProblem,
  switchToKey,
  waitInWords,
} from '../../dns/rotation.ts';
import type { Server } from '../../dns/transport.ts';
import {
  applyUpdate,
  type PlannedUpdate,
  planPartialUpdate,
  planRemoval,
} from '../../dns/update/apply.ts';
import { readKeyFile } from '../../dns/update/key-file.ts';
import type { Host } from '../../host/host.ts';
import { connectTo } from '../connection.ts';
import { interruptible } from '../interrupt.ts';
import { recordLine } from '../output/dns.ts';
import { watchRecords } from '../output/dns-watch.ts';
import { applyColourPreference, rendererMode } from '../output/terminal.ts';
import { parseServerOption, type RelayOptions, relayOptions } from '../relay-dns.ts';
import { confirmUpdate } from './dns-apply.ts';

interface RotateOptions extends RelayOptions {
  readonly server?: Server;
  readonly key?: string;
  readonly yes?: true;
  readonly wait: boolean;
  readonly finish?: true;
}

export const dkimCommand = (): Command =>
  new Command('dkim').description('the key that signs outgoing mail').addCommand(rotateCommand());

const rotateCommand = (): Command =>
  relayOptions(
    new Command('rotate').description(
      'replace the DKIM key while mail flows; run it again to go on where it was',
    ),
  )
    .option(
      '--server <address>',
      'publish the record by dynamic update: primary name server of the zone',
      parseServerOption,
    )
    .option('--key <file>', 'TSIG key for it, as tsig-keygen (BIND) or keymgr -t (knot) print it')
    .option('--yes', 'do not ask before publishing')
    .option('--no-wait', 'do not wait for the record; run it again when it is published')
    .option('--finish', 'after three days: give up the key that has signed before')
    .action((options: RotateOptions, command: Command) =>
      interruptible('Run the same command again: it goes on where it was.', () =>
        rotate(options, command),
      ),
    );

/** One run of the command. */
interface Rotation {
  readonly domain: string;
  readonly options: RotateOptions;
}

const rotate = async (options: RotateOptions, command: Command): Promise<void> => {
  if ((options.server === undefined) !== (options.key === undefined))
    command.error('error: --server and --key belong together: give both or none');
  const { config, warnings } = loadConfigFile(options.config);
  for (const warning of warnings) console.error(warning);
  refuseAddress(config);
  applyColourPreference(rendererMode(process.stdout, undefined));
  const rotation = { domain: config.mail_domain, options };
  if (options.finish) await finish(rotation);
  else await replaceKey(rotation);
};

const refuseAddress = (config: Config): void => {
  if (hasZone(config)) return;
  throw new RotationError(`${config.mail_domain} is an address: mail from it is not signed.`);
};

/** Connections are short: nobody knows how long a record takes to be published. */
const onHost = async <R>(
  { domain, options }: Rotation,
  work: (host: Host) => Promise<R>,
): Promise<R> => {
  const host = await connectTo(options.host ?? domain, options);
  try {
    return await work(host);
  } finally {
    await host.close();
  }
};

const replaceKey = async (rotation: Rotation): Promise<void> => {
  const next = await onHost(rotation, begin);
  if (next === undefined) return;
  const check = nextCheck(rotation.domain, next);
  console.log(`The key ${next.selector} is made. It signs when its record is visible everywhere.`);
  // With a server, the changes show it.
  if (rotation.options.server === undefined)
    for (const record of check.records) console.log(recordLine(record));
  if (!(await publish(rotation, (server) => planPartialUpdate(server, rotation.domain, [check]))))
    return;
  if (!(await isVisible(rotation, check))) {
    console.log('It is not visible everywhere yet. Publish it, then run this command again.');
    return;
  }
  await onHost(rotation, (host) => switchToKey(host, next.selector));
  const { retired } = await onHost(rotation, readHostDns);
  console.log(`Mail is signed with the key ${next.selector} from now on.`);
  for (const old of retired) console.log(oldRecordText(rotation.domain, old));
};

/** @returns the key that is to sign next; undefined when nothing is left to do but a reload */
const begin = async (host: Host): Promise<DkimKey | undefined> => {
  const before = await readHostDns(host);
  if (before.dkim !== undefined && before.interrupted) {
    await switchToKey(host, before.dkim.selector);
    console.log(`Mail is signed with the key ${before.dkim.selector} from now on.`);
    return undefined;
  }
  const problem = rotationProblem(before);
  if (problem !== undefined) throw new RotationError(problem);
  if (before.next !== undefined) return before.next;
  await prepareKey(host, newSelector(new Date()));
  return madeKey(await readHostDns(host));
};

const madeKey = ({ next }: HostDns): DkimKey => {
  if (next !== undefined) return next;
  throw new RotationError('The host does not show the key that was just made; run again.');
};

/** Required: nothing goes on without it. */
const nextCheck = (domain: string, key: DkimKey): Check =>
  dkimCheck(dkimRecord(domain, key, 'required', 'the key that will sign next'));

/** Makes changes in the zone when the operator gave the means. @returns whether to go on */
const publish = async (
  { options }: Rotation,
  plan: (server: Server) => Promise<PlannedUpdate>,
): Promise<boolean> => {
  const { server, key } = options;
  if (server === undefined || key === undefined) return true;
  const secret = readKeyFile(key);
  const update = await plan(server);
  if (update.add.length + update.remove.length === 0) return true;
  if (!(await confirmUpdate(update, options))) return false;
  await applyUpdate(server, update, secret);
  return true;
};

const isVisible = async ({ domain, options }: Rotation, check: Check): Promise<boolean> => {
  const resolvers = resolversFor(domain, options.resolver);
  const look = (): Promise<Report> => runChecks(domain, [check], [], resolvers);
  if (!options.wait) return isEverywhere(await look());
  return isEverywhere(await watchRecords(look, process.stdout, { isDone: isEverywhere }));
};

/** A server that is silent may still show others an old zone. */
const isEverywhere = ({ visible, worst }: Report): boolean => visible && worst === undefined;

const oldRecordText = (domain: string, old: RetiredKey): string =>
  `Keep the record ${dkimName(domain, old.selector)} for ${waitInWords(old)}: mail signed with the old key is still on its way.
Then run "cmdeploy dkim rotate --finish".`;

const finish = async (rotation: Rotation): Promise<void> => {
  const { retired } = await onHost(rotation, readHostDns);
  if (retired.length === 0) {
    console.log('There is nothing to finish: no key has been replaced.');
    return;
  }
  for (const key of retired) await giveUp(rotation, key);
};

const giveUp = async (rotation: Rotation, key: RetiredKey): Promise<void> => {
  const { domain } = rotation;
  if (!isExpired(key)) throw new RotationError(oldRecordText(domain, key));
  const name = dkimName(domain, key.selector);
  if (!(await publish(rotation, (server) => planRemoval(server, domain, name)))) return;
  if (!(await isGone(rotation, name))) {
    console.log(`Remove the record: ${name} TXT\nThen run this command again.`);
    return;
  }
  await onHost(rotation, (host) => forgetKey(host, key.selector));
  console.log(
    `The key ${key.selector} is given up: its record is gone, and mail is signed with another.`,
  );
};

/** On the zone's servers; what resolvers remember passes by itself. */
const isGone = async ({ domain, options }: Rotation, name: string): Promise<boolean> => {
  const resolvers = resolversFor(domain, options.resolver);
  const { findings, worst } = await runChecks(domain, [expiredDkimCheck(name)], [], resolvers);
  if (findings.some(({ there = [] }) => there.length > 0)) return false;
  if (worst === undefined) return true;
  const [first] = findings;
  throw new RotationError(`Whether ${name} is gone cannot be told: ${first?.what}. Run again.`);
};
