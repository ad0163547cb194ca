/**
 * What follows from chatmail.ini for the relay's certificate: where it comes from, what names it
 * has, which files hold it. The deployment and the service on the relay that renews it agree here.
 */
import { isAddressRelay, isSelfSignedDomain } from './domain.ts';
import type { Config } from './schema.ts';

export interface CertificateFiles {
  /** PEM, the certificate followed by its chain. */
  readonly certificate: string;
  /** PEM; may be the same file. */
  readonly key: string;
}

/** Where the relay's certificate comes from: the operator, the relay itself, or an authority. */
export type CertificateOrigin = 'external' | 'self-signed' | 'acme';

export const certificateOrigin = (config: Config): CertificateOrigin => {
  if (config.tls_external_cert_and_key !== undefined) return 'external';
  return isSelfSignedDomain(config.mail_domain) ? 'self-signed' : 'acme';
};

/** Certificate, chain and key in one file: replaced in one step, they always fit together. */
const OWN_FILE = '/etc/ssl/private/chatmail.pem';

/** Where the daemons find the certificate they serve, whatever its origin. */
export const certificateFiles = (config: Config): CertificateFiles => {
  const [certificate, key] = config.tls_external_cert_and_key?.split(/\s+/) ?? [];
  if (certificate !== undefined && key !== undefined) return { certificate, key };
  return { certificate: OWN_FILE, key: OWN_FILE };
};

/** The names that the certificate is for, the mail domain first. */
export const certificateNames = (domain: string): readonly string[] =>
  isAddressRelay(domain) ? [domain] : [domain, `www.${domain}`, `mta-sts.${domain}`];

const DAYS = 3650;

/** Makes a self-signed certificate and its key, both in `file`. */
export const selfSignedCommand = (
  domain: string,
  file: string,
): [program: string, ...args: string[]] => [
  'openssl',
  'req',
  '-x509',
  // Debian's openssl.cnf would make it a certificate authority, which strict clients refuse.
  ...['-config', '/dev/null'],
  ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
  ...['-days', String(DAYS)],
  // A common name has at most 64 characters (RFC 5280 appendix A.1); clients look at the
  // alternative names only.
  ...['-subj', domain.length <= 64 ? `/CN=${domain}` : '/CN=chatmail relay'],
  ...['-addext', `subjectAltName=${certificateNames(domain).map(alternativeName).join(',')}`],
  ...['-addext', 'basicConstraints=critical,CA:FALSE'],
  ...['-addext', 'keyUsage=critical,digitalSignature'],
  ...['-addext', 'extendedKeyUsage=serverAuth'],
  ...['-keyout', file, '-out', file],
];

const alternativeName = (name: string): string => `${isAddressRelay(name) ? 'IP' : 'DNS'}:${name}`;
