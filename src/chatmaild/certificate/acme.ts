/** A certificate from an authority: when to ask, what must be true before, what came back. */
import { readFile } from 'node:fs/promises';
import { certificateFiles, certificateNames } from '../../config/certificate.ts';
import type { Config } from '../../config/schema.ts';
import { replaceFile } from '../replace-file.ts';
import { accountUri } from './account.ts';
import {
  certbotArguments,
  certbotFiles,
  certbotLog,
  explainFailure,
  isPassing,
} from './certbot.ts';
import type { Run } from './command.ts';
import {
  type CertificatePair,
  isSelfSigned,
  parsePair,
  uncovered,
  validFrom,
  validTo,
} from './pair.ts';
import { isDue, nextAttempt } from './renewal.ts';
import type { StateFolder } from './state-folder.ts';

export interface AcmeContext {
  readonly config: Config;
  readonly state: StateFolder;
  readonly run: Run;
  /** {@link obstacles}. */
  readonly findObstacles: (names: readonly string[]) => Promise<readonly string[]>;
  readonly webroot: string;
  /** Whether a timer asks, not a person. */
  readonly unattended: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Times that an authority is asked again at once after an error that passes. */
const RETRIES = 3;

/**
 * Gets a new certificate when `current` does not do any more. The file that the daemons read is only
 * replaced by one that fits.
 *
 * @returns what went wrong, one sentence a line; empty when the certificate is fine
 */
export const renewByAcme = async (
  current: CertificatePair | undefined,
  context: AcmeContext,
): Promise<readonly string[]> => {
  const { config, state, now } = context;
  const names = certificateNames(config.mail_domain);
  const needed =
    current === undefined ||
    isSelfSigned(current) ||
    uncovered(current, names).length > 0 ||
    isDue(validFrom(current), validTo(current), now) ||
    ((await state.authority()) ?? config.acme_directory_url) !== config.acme_directory_url;
  if (!needed) {
    await state.setFailures([]);
    return [];
  }
  const problems = await attempt(names, context);
  return problems.length === 0 ? [] : [headline(current, context), ...problems];
};

const attempt = async (
  names: readonly string[],
  context: AcmeContext,
): Promise<readonly string[]> => {
  const { state, now } = context;
  const failures = await state.failures();
  const earliest = nextAttempt(failures, context.unattended);
  if (now < earliest) {
    const time = new Date(earliest).toISOString().replace(/\..*/, 'Z');
    const count = failures.length === 1 ? '1 attempt has' : `${failures.length} attempts have`;
    return [
      `${count} failed (journalctl -u chatmail-certificate); authorities limit them, so the next one is made after ${time}`,
    ];
  }
  // A name that nobody can find costs no attempt.
  const obstacles = await context.findObstacles(names);
  if (obstacles.length > 0) return obstacles;
  const problems = await order(names, context);
  await state.setFailures(problems.length === 0 ? [] : [...failures.slice(-9), now]);
  return problems;
};

const order = async (
  names: readonly string[],
  context: AcmeContext,
): Promise<readonly string[]> => {
  const { config, state, webroot } = context;
  const [domain = config.mail_domain, ...others] = names;
  const args = certbotArguments({
    folder: state.certbot,
    webroot,
    directoryUrl: config.acme_directory_url,
    names: [domain, ...others],
    email: config.acme_email,
  });
  const root = config.acme_root_certificate;
  const env = root === undefined ? process.env : { ...process.env, REQUESTS_CA_BUNDLE: root };
  for (let left = RETRIES; ; left -= 1) {
    const { ok, output } = await context.run('certbot', args, env);
    if (ok) return install(names, context);
    const failure = { output, log: await readLog(state.certbot) };
    if (left === 0 || !isPassing(failure)) return explainFailure(failure);
  }
};

/** Of a certbot that could not even start there is none. */
const readLog = (folder: string): Promise<string> =>
  readFile(certbotLog(folder), 'utf8').catch(() => '');

const install = async (
  names: readonly string[],
  { config, state }: AcmeContext,
): Promise<readonly string[]> => {
  const files = certbotFiles(state.certbot, config.mail_domain);
  const certificate = await readFile(files.certificate, 'utf8');
  const key = await readFile(files.key, 'utf8');
  const lacking = uncovered(parsePair(certificate, key), names);
  if (lacking.length > 0) return [`the certificate that came is not for ${lacking.join(', ')}`];
  await replaceFile(certificateFiles(config).certificate, certificate + key);
  await state.setAuthority(config.acme_directory_url);
  const account = await accountUri(state.certbot, config.acme_directory_url);
  if (account !== undefined) await state.setAccount(account);
  return [];
};

const headline = (current: CertificatePair | undefined, { config, now }: AcmeContext): string => {
  const authority = new URL(config.acme_directory_url).host;
  const domain = config.mail_domain;
  if (current === undefined || isSelfSigned(current)) {
    return `No certificate for ${domain} from ${authority} yet; until then the relay serves a self-signed one, which clients and other relays do not trust:`;
  }
  if (uncovered(current, [domain]).length > 0) {
    return `No certificate for ${domain} from ${authority} yet; until then the relay serves the one it had for another name:`;
  }
  const end = new Date(validTo(current)).toISOString().slice(0, 10);
  const state = now < validTo(current) ? `ends on ${end}` : `has ended on ${end}`;
  return `The certificate for ${domain} ${state} and could not be renewed by ${authority}:`;
};
