/** Certbot, Debian's ACME client: its command line, and what its output means. */
import { join } from 'node:path';

export interface CertbotOptions {
  /** Where it keeps account, keys and certificates. */
  readonly folder: string;
  readonly webroot: string;
  readonly directoryUrl: string;
  readonly names: readonly [string, ...string[]];
  readonly email: string | undefined;
}

/** Gets a new certificate, whatever the age of the present one. */
export const certbotArguments = ({
  folder,
  webroot,
  directoryUrl,
  names,
  email,
}: CertbotOptions): string[] => [
  'certonly',
  '--non-interactive',
  // Whatever terms the directory names at that time (RFC 8555 section 7.3.3).
  '--agree-tos',
  ...(email === undefined
    ? ['--register-unsafely-without-email']
    : ['--email', email, '--no-eff-email']),
  ...['--server', directoryUrl],
  ...['--webroot', '--webroot-path', webroot],
  ...['--key-type', 'ecdsa', '--elliptic-curve', 'secp256r1'],
  '--force-renewal',
  ...['--cert-name', names[0]],
  ...names.flatMap((name) => ['--domain', name]),
  ...['--config-dir', folder, '--work-dir', join(folder, 'work')],
  ...['--logs-dir', join(folder, 'logs'), '--max-log-backups', '5'],
];

/** Where it puts the certificate for `name`. */
export const certbotFiles = (folder: string, name: string) => ({
  certificate: join(folder, 'live', name, 'fullchain.pem'),
  key: join(folder, 'live', name, 'privkey.pem'),
});

/** Its log of the last run. */
export const certbotLog = (folder: string): string => join(folder, 'logs', 'letsencrypt.log');

/** What a run that failed has left. */
export interface CertbotFailure {
  readonly output: string;
  /** Of {@link certbotLog}. */
  readonly log: string;
}

/**
 * The authority's own words. Debian 12's certbot prints `AttributeError: can't set attribute` for
 * them, so they are taken from the log: `acme.messages.Error: urn:...:TYPE :: MEANING :: DETAIL`.
 */
const authorityError = (log: string): string | undefined =>
  [...log.matchAll(/^acme\.messages\.Error: (urn:.+)$/gm)].at(-1)?.[1];

/** The authority asks to try again, which certbot does once only (RFC 8555 section 6.5). */
export const isPassing = ({ output, log }: CertbotFailure): boolean =>
  /badNonce|anti-replay nonce|serverInternal/.test(authorityError(log) ?? output);

/** What certbot says to a person at a terminal, and at every failure. */
const CHATTER =
  /^(Saving debug log|Ask for help|An unexpected error|Requesting a cert|Some challenges|Certbot failed|Hint:|Account registered|Renewing an)/;

/** Why it failed: what the authority said of each name or of all, or else the last words. */
export const explainFailure = ({ output, log }: CertbotFailure): string[] => {
  const names = [...output.matchAll(/Domain:\s*(\S+)\s+Type:\s*(\S+)\s+Detail:\s*(.+)/g)].map(
    ([, domain, , detail]) => `${domain}: ${detail}`,
  );
  if (names.length > 0) return names;
  const error = authorityError(log);
  if (error !== undefined) return [error.split(' :: ').slice(-1).join('')];
  const lines = output.split('\n').map((line) => line.trim());
  const rest = lines.filter((line) => line !== '' && !CHATTER.test(line));
  return rest.length > 0 ? rest.slice(-3) : ['certbot failed and did not say why'];
};
