import { Command } from 'commander';
import { loadConfigFile } from '../../config/load.ts';
import { hasZone } from '../../dns/relay-facts.ts';
import type { Server } from '../../dns/transport.ts';
import { applyUpdate, type PlannedUpdate, planUpdate } from '../../dns/update/apply.ts';
import { readKeyFile } from '../../dns/update/key-file.ts';
import { interruptible } from '../interrupt.ts';
import { changeLines } from '../output/dns.ts';
import { ask } from '../output/prompt.ts';
import { sanitize } from '../output/sanitize.ts';
import { applyColourPreference, rendererMode } from '../output/terminal.ts';
import { gatherFacts, parseServerOption, type RelayOptions, relayOptions } from '../relay-dns.ts';

export interface UpdateOptions {
  readonly server: Server;
  readonly key: string;
  readonly yes?: true;
}

interface ApplyOptions extends RelayOptions, UpdateOptions {}

export const applyCommand = (): Command =>
  relayOptions(
    new Command('apply').description(
      'publish the records by dynamic update (RFC 2136), signed with a TSIG key',
    ),
  )
    .requiredOption('--server <address>', 'primary name server of the zone', parseServerOption)
    .requiredOption('--key <file>', 'TSIG key, as tsig-keygen (BIND) or keymgr -t (knot) print it')
    .option('--yes', 'do not ask')
    .action((options: ApplyOptions) =>
      interruptible('"cmdeploy dns" shows which records the zone has.', () => apply(options)),
    );

const apply = async (options: ApplyOptions): Promise<void> => {
  const { config, warnings } = loadConfigFile(options.config);
  for (const warning of warnings) console.error(warning);
  if (!hasZone(config)) {
    console.log(`${config.mail_domain} is an address: a relay without a domain needs no DNS.`);
    return;
  }
  const key = readKeyFile(options.key);
  applyColourPreference(rendererMode(process.stdout, undefined));
  const { facts, notes } = await gatherFacts(config, options);
  for (const note of notes) console.error(`${sanitize(note)}\n`);
  const update = await planUpdate(options.server, facts);
  if (!(await confirmUpdate(update, options))) return;
  await applyUpdate(options.server, update, key);
  console.log('Done. "cmdeploy dns --watch" tells when they are visible everywhere.');
};

/** Shows the changes and asks. @returns whether there is something to do, and it is wanted */
export const confirmUpdate = async (
  update: PlannedUpdate,
  { yes }: Pick<UpdateOptions, 'yes'>,
): Promise<boolean> => {
  if (update.remove.length + update.add.length === 0) {
    console.log('The zone has all of the records already.');
    return false;
  }
  for (const line of changeLines(update)) console.log(line);
  if (yes) return true;
  if (!process.stdin.isTTY || !process.stderr.isTTY) throw new NotConfirmedError();
  const answer = await ask('Make these changes (yes/no)? ');
  if (answer.trim().toLowerCase() === 'yes') return true;
  console.log('Nothing was changed.');
  return false;
};

/** Nobody is there to agree to changes. */
export class NotConfirmedError extends Error {
  override readonly name = 'NotConfirmedError';
  constructor() {
    super('Nothing was changed: there is no terminal to ask on; run again with --yes.');
  }
}
