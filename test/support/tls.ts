/** Looks at the certificates that a relay serves. */
import type { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import type { SmtpTarget } from './smtp.ts';

const TIMEOUT_MS = 10_000;

/** The ports of a relay that begin with TLS. */
export const TLS_PORTS = [443, 465, 993] as const;

export interface Served {
  readonly certificate: X509Certificate;
  /** Whether the chain leads to `trusted` and the name fits. */
  readonly trusted: boolean;
}

/**
 * @param trusted PEM of the only authority to trust
 * @param name asked for, the mail domain unless another is given
 */
export const servedAt = (
  { address, domain }: SmtpTarget,
  port: number,
  trusted: string,
  name = domain,
): Promise<Served> =>
  new Promise((resolve, reject) => {
    const options = { host: address, port, servername: name, ca: trusted, timeout: TIMEOUT_MS };
    const socket = connect({ ...options, rejectUnauthorized: false }, () => {
      const certificate = socket.getPeerX509Certificate();
      socket.destroy();
      if (certificate) resolve({ certificate, trusted: socket.authorized });
      else reject(new Error(`${address}:${port} has no certificate.`));
    });
    socket.on('timeout', () => socket.destroy(new Error(`${address}:${port}: no answer in time.`)));
    socket.on('error', reject);
  });
