/** What clients will think of the certificate that the daemons serve. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import { isSelfSignedDomain } from '../../config/domain.ts';
import type { ServedCertificate } from './network.ts';

/** @param path PEM, the certificate first */
export const readCertificate = async (path: string): Promise<X509Certificate> =>
  new X509Certificate(await readFile(path));

/** Not by checkIssued: it wants a certificate that may sign others. */
export const isSelfSigned = (leaf: X509Certificate): boolean =>
  leaf.issuer === leaf.subject && leaf.verify(leaf.publicKey);

/**
 * @param roots PEM files; one that cannot be read trusts nobody. A self-signed certificate, which
 * nobody verifies, needs none.
 */
export const trusting = async (
  installed: X509Certificate,
  roots: readonly string[],
): Promise<SecureContext> => {
  if (isSelfSigned(installed)) return createSecureContext();
  const read = await Promise.all(roots.map((path) => readFile(path, 'latin1').catch(() => '')));
  return createSecureContext({ ca: read.filter((pem) => pem !== '') });
};

/** @throws Error unless it is the installed one */
export const expectInstalled = async (served: ServedCertificate, path: string): Promise<void> => {
  const installed = await readCertificate(path);
  if (served.leaf.fingerprint256 === installed.fingerprint256) return;
  throw new Error(
    `it serves the certificate that ends on ${served.leaf.validTo}, not the one in ${path}`,
  );
};

/**
 * Why clients refuse it, in words; empty when they do not.
 * @param now milliseconds since 1970
 */
export const refusals = (
  { leaf, chainError }: ServedCertificate,
  mailDomain: string,
  now: number,
): string[] => {
  const named =
    isIP(mailDomain) === 0
      ? leaf.checkHost(mailDomain, { subject: 'never' })
      : leaf.checkIP(mailDomain);
  return [
    ...(named === undefined ? [`it is not for ${mailDomain}`] : []),
    ...(now < Date.parse(leaf.validFrom) ? [`it is valid only from ${leaf.validFrom} on`] : []),
    ...(now >= Date.parse(leaf.validTo) ? [`it has ended on ${leaf.validTo}`] : []),
    ...(isSelfSigned(leaf) || chainError === undefined || chainError === 'CERT_HAS_EXPIRED'
      ? []
      : [`its chain does not lead to an authority that is trusted here (${chainError})`]),
  ];
};

/** Whether the relay still serves the certificate that it made itself until an authority answers. */
export const isTemporary = (leaf: X509Certificate, mailDomain: string): boolean =>
  isSelfSigned(leaf) && !isSelfSignedDomain(mailDomain);
