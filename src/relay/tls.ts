import type { Config } from '../config/schema.ts';

export interface CertificateFiles {
  /** PEM, the certificate followed by its chain. */
  readonly certificate: string;
  readonly key: string;
}

/** Where the daemons find the certificate they serve, whatever its origin. */
export const certificateFiles = (_config: Config): CertificateFiles => ({
  certificate: '/etc/ssl/certs/mailserver.pem',
  key: '/etc/ssl/private/mailserver.key',
});
