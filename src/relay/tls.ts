import { isSelfSignedDomain } from '../config/domain.ts';
import type { Config } from '../config/schema.ts';
import { type GeneratedFiles, ROOT } from '../engine/state.ts';
import type { Argv } from '../host/host.ts';
import type { RelayPart } from './part.ts';
import { UnsupportedConfigError } from './unsupported.ts';

export interface CertificateFiles {
  /** PEM, the certificate followed by its chain. */
  readonly certificate: string;
  readonly key: string;
}

/** Where the relay's certificate comes from: the operator, the relay itself, or an authority. */
export type CertificateOrigin = 'external' | 'self-signed' | 'acme';

export const certificateOrigin = (config: Config): CertificateOrigin => {
  if (config.tls_external_cert_and_key !== undefined) return 'external';
  return isSelfSignedDomain(config.mail_domain) ? 'self-signed' : 'acme';
};

/** Where the daemons find the certificate they serve, whatever its origin. */
export const certificateFiles = (config: Config): CertificateFiles => {
  const [certificate, key] = config.tls_external_cert_and_key?.split(/\s+/) ?? [];
  if (certificate !== undefined && key !== undefined) return { certificate, key };
  return {
    certificate: '/etc/ssl/certs/mailserver.pem',
    key: '/etc/ssl/private/mailserver.key',
  };
};

/**
 * The relay's certificate. Only root reads it: the masters of Postfix, Dovecot and nginx open it
 * before they drop their privileges.
 *
 * @throws UnsupportedConfigError when the certificate would have to come from an ACME authority
 */
export const tlsPart: RelayPart = (config) => {
  switch (certificateOrigin(config)) {
    case 'external':
      return { name: 'tls' };
    case 'self-signed':
      return {
        name: 'tls',
        packages: ['openssl'],
        generated: [selfSigned(config.mail_domain, certificateFiles(config))],
      };
    case 'acme':
      throw new UnsupportedConfigError(
        `${config.mail_domain} needs an ACME certificate, which this version cannot get yet; ` +
          'use a domain that begins with "_" or tls_external_cert_and_key',
      );
  }
};

const DAYS = 3650;

const selfSigned = (domain: string, files: CertificateFiles): GeneratedFiles => ({
  name: 'self-signed certificate',
  paths: [files.certificate, files.key],
  commands: [makeSelfSigned(domain, files)],
  owner: ROOT,
  mode: 0o600,
});

const makeSelfSigned = (domain: string, files: CertificateFiles): Argv => {
  const names = [domain, `www.${domain}`, `mta-sts.${domain}`].map((name) => `DNS:${name}`);
  return [
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
    ...['-addext', `subjectAltName=${names.join(',')}`],
    ...['-addext', 'basicConstraints=critical,CA:FALSE'],
    ...['-addext', 'keyUsage=critical,digitalSignature'],
    ...['-addext', 'extendedKeyUsage=serverAuth'],
    ...['-keyout', files.key, '-out', files.certificate],
  ];
};
