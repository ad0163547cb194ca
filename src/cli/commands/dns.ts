import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { loadConfigFile } from '../../config/load.ts';
import { checkZone } from '../../dns/check.ts';
import { hasZone } from '../../dns/relay-facts.ts';
import { type RelayFacts, relayRecords } from '../../dns/relay-records.ts';
import type { Report } from '../../dns/report.ts';
import { zoneFile } from '../../dns/zone-file.ts';
import { DNS_EXIT } from '../exit-codes.ts';
import { interruptible } from '../interrupt.ts';
import { recordJson, recordTable, reportJson, reportLines } from '../output/dns.ts';
import { watchRecords } from '../output/dns-watch.ts';
import { sanitize } from '../output/sanitize.ts';
import { applyColourPreference, rendererMode } from '../output/terminal.ts';
import { gatherFacts, type RelayOptions, relayOptions } from '../relay-dns.ts';
import { applyCommand } from './dns-apply.ts';

interface DnsOptions extends RelayOptions {
  readonly zonefile?: string;
  readonly json?: true;
  readonly watch?: true;
  readonly check: boolean;
}

/** `--zonefile` could not be written; the message names the file. */
export class ZoneFileError extends Error {
  override readonly name = 'ZoneFileError';
}

export const dnsCommand = (): Command =>
  relayOptions(
    new Command('dns')
      .description("print the DNS records of the relay and check them on all of the zone's servers")
      .enablePositionalOptions(),
  )
    .option('--no-check', 'only print the records')
    .option('--zonefile <file>', 'only write the records to a file, in the syntax of BIND')
    .option('--watch', 'wait until all required records are visible everywhere')
    .option('--json', 'print the result as JSON')
    .action((options: DnsOptions) =>
      interruptible('The zone and the host are as they were.', () => dns(options)),
    )
    .addCommand(applyCommand());

const dns = async (options: DnsOptions): Promise<void> => {
  const { config, warnings } = loadConfigFile(options.config);
  for (const warning of warnings) console.error(warning);
  if (!hasZone(config)) {
    console.log(`${config.mail_domain} is an address: a relay without a domain needs no DNS.`);
    return;
  }
  applyColourPreference(rendererMode(process.stdout, options.json));
  const { facts, resolvers, notes } = await gatherFacts(config, options);
  for (const note of notes) console.error(`${sanitize(note)}\n`);
  if (options.zonefile !== undefined) return saveZoneFile(options.zonefile, facts);
  if (!options.check) return printRecords(facts, options);
  const report = options.watch
    ? await watchRecords(() => checkZone(facts, resolvers), process.stdout, {
        quiet: options.json,
      })
    : await checkZone(facts, resolvers);
  printReport(facts, report, options);
  process.exitCode = DNS_EXIT[report.worst ?? 'fine'];
};

const saveZoneFile = (file: string, facts: RelayFacts): void => {
  const text = zoneFile(facts.domain, relayRecords(facts));
  try {
    writeFileSync(file, text);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new ZoneFileError(`${file}: cannot be written (${code ?? message})`, { cause: error });
  }
  console.log(`Wrote ${file}.`);
};

const printRecords = (facts: RelayFacts, { json }: DnsOptions): void => {
  const records = relayRecords(facts);
  if (json) printJson({ version: 1, domain: facts.domain, records: records.map(recordJson) });
  else
    console.log(
      recordTable(records.map((record) => ({ record })))
        .join('\n')
        .trimStart(),
    );
};

const printReport = (facts: RelayFacts, report: Report, { json }: DnsOptions): void => {
  if (json) printJson(reportJson(facts.domain, report));
  else console.log(reportLines(facts.domain, report).join('\n'));
};

const printJson = (value: unknown): void => console.log(JSON.stringify(value, null, 2));
