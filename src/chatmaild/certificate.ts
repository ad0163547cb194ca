/**
 * Keeps the relay's certificate good: gets and renews it, or checks the operator's own, and has the
 * daemons load it. Run by a timer, when the files change, and at the end of a deploy; ends when
 * there is nothing to do. Exit status 1: something is wrong, the reasons are in the notice and in
 * the journal, and what was there before is still served.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { certificateFiles, certificateOrigin } from '../config/certificate.ts';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { renewByAcme } from './certificate/acme.ts';
import { type CertificateArguments, parseCertificateArguments } from './certificate/arguments.ts';
import { runCommand } from './certificate/command.ts';
import { reloadUnits } from './certificate/daemons.ts';
import { externalProblems, unservedNames } from './certificate/external.ts';
import { dnsLookUp, withProbe } from './certificate/network.ts';
import {
  type CertificatePair,
  PairError,
  parseCertificates,
  parsePair,
} from './certificate/pair.ts';
import { obstacles } from './certificate/reachability.ts';
import { renewSelfSigned } from './certificate/self-signed.ts';
import { openStateFolder, type StateFolder } from './certificate/state-folder.ts';

/** Trusted by this host, in Debian's `ca-certificates`. */
const ROOTS = '/etc/ssl/certs/ca-certificates.crt';

/** An operator's program may be between replacing the certificate and replacing the key. */
const PATIENCE = { attempts: 10, pauseMs: 1000 };

const log = (line: string): void => void process.stdout.write(`${line}\n`);

const readPair = async (config: Config): Promise<CertificatePair> => {
  const { certificate, key } = certificateFiles(config);
  return parsePair(await readFile(certificate, 'utf8'), await readFile(key, 'utf8'));
};

const readPatiently = async (config: Config): Promise<CertificatePair> => {
  for (let left = PATIENCE.attempts; ; left -= 1) {
    try {
      return await readPair(config);
    } catch (error) {
      if (left === 0) throw error;
      await sleep(PATIENCE.pauseMs);
    }
  }
};

/** As it is, or undefined when it is of no use. */
const readOwn = async (config: Config): Promise<CertificatePair | undefined> => {
  try {
    return await readPair(config);
  } catch {
    return undefined;
  }
};

/** Does what the origin of the certificate asks for. @returns problems */
const care = async (
  config: Config,
  state: StateFolder,
  { webroot, resolver }: CertificateArguments,
): Promise<readonly string[]> => {
  const now = Date.now();
  switch (certificateOrigin(config)) {
    case 'external':
      return checkExternal(config, now);
    case 'self-signed':
      return renewSelfSigned(await readOwn(config), { config, run: runCommand, now });
    case 'acme': {
      const lookUp = dnsLookUp(resolver);
      return renewByAcme(await readOwn(config), {
        config,
        state,
        run: runCommand,
        findObstacles: (names) => withProbe(webroot, (probe) => obstacles(names, lookUp, probe)),
        webroot,
        unattended: !(await state.takeRequest()),
        now,
      });
    }
  }
};

const checkExternal = async (config: Config, now: number): Promise<readonly string[]> => {
  const { certificate, key } = certificateFiles(config);
  const about = `Certificate ${certificate} with key ${key}`;
  try {
    const pair = await readPatiently(config);
    const roots = parseCertificates(await readFile(ROOTS, 'utf8'));
    const unserved = unservedNames(pair, config.mail_domain);
    if (unserved.length > 0) log(`${about}: not for ${unserved.join(', ')}`);
    const problems = externalProblems(pair, config.mail_domain, roots, now);
    return problems.length === 0 ? [] : [`${about}:`, ...problems];
  } catch (error) {
    if (error instanceof PairError) return [`${about}:`, error.message];
    if (error instanceof Error && 'code' in error) return [`${about}: ${error.message}`];
    throw error;
  }
};

/** Files that do not fit together are not loaded: nginx would refuse, Postfix serve no TLS. */
const load = async (
  config: Config,
  state: StateFolder,
  units: readonly string[],
): Promise<readonly string[]> => {
  const pair = await readOwn(config);
  if (pair === undefined || pair.sha256 === (await state.loaded())) return [];
  const problems = await reloadUnits(units, runCommand);
  if (problems.length > 0) return problems;
  await state.setLoaded(pair.sha256);
  log(`loaded the certificate that ends on ${pair.leaf.validTo}`);
  return [];
};

const folderOf = (variable: string): string => {
  const folder = process.env[variable];
  if (!folder) throw new Error(`${variable} is not set; start this by its systemd unit`);
  return folder;
};

const main = async (): Promise<void> => {
  const options = parseCertificateArguments(process.argv.slice(2));
  const config = loadConfig(options.config);
  const state = openStateFolder(folderOf('STATE_DIRECTORY'), folderOf('RUNTIME_DIRECTORY'));
  const problems = [
    ...(await care(config, state, options)),
    ...(await load(config, state, options.reload)),
  ];
  problems.forEach(log);
  await state.setNotice(problems);
  if (problems.length > 0) process.exitCode = 1;
};

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
