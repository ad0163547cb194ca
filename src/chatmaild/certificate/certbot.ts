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

/** The authority asks to try again, which certbot does once only (RFC 8555 section 6.5). */
export const isPassing = (output: string): boolean =>
  /badNonce|anti-replay nonce|serverInternal/.test(output);

/** What certbot says to a person at a terminal, and at every failure. */
const CHATTER =
  /^(Saving debug log|Ask for help|An unexpected error|Requesting a cert|Some challenges|Certbot failed|Hint:|Account registered|Renewing an)/;

/** Why it failed: what the authority said of each name, or else the last words of the output. */
export const explainFailure = (output: string): string[] => {
  const lines = output.split('\n').map((line) => line.trim());
  const details = [...output.matchAll(/Domain:\s*(\S+)\s+Type:\s*(\S+)\s+Detail:\s*(.+)/g)].map(
    ([, domain, , detail]) => `${domain}: ${detail}`,
  );
  const rest = lines.filter((line) => line !== '' && !CHATTER.test(line));
  if (details.length > 0) return details;
  return rest.length > 0 ? rest.slice(-3) : ['certbot failed and did not say why'];
};
