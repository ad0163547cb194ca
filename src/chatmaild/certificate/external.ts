/** The operator's own certificate: what is wrong with it, before clients find out. */
import type { X509Certificate } from 'node:crypto';
import { certificateNames } from '../../config/certificate.ts';
import { type CertificatePair, isSelfSigned, uncovered, validFrom, validTo } from './pair.ts';

const DAY = 86_400_000;

/** Time in which an operator should have renewed it. */
const LATE = 14 * DAY;

/** @param roots that this host trusts; a self-signed certificate needs none */
export const externalProblems = (
  pair: CertificatePair,
  domain: string,
  roots: readonly X509Certificate[],
  now: number,
): string[] => {
  const missing = uncovered(pair, certificateNames(domain).slice(0, 1));
  const days = Math.floor((validTo(pair) - now) / DAY);
  return [
    ...missing.map((name) => `it is not for ${name}`),
    ...(now < validFrom(pair) ? [`it is valid only from ${pair.leaf.validFrom} on`] : []),
    ...(now >= validTo(pair) ? [`it has ended on ${pair.leaf.validTo}`] : []),
    ...(days >= 0 && days * DAY < LATE ? [`it ends in ${days} days; renew it`] : []),
    ...(isSelfSigned(pair) || isComplete(pair, roots)
      ? []
      : [
          'its chain does not lead to an authority that this host trusts; append the intermediate certificates to the file',
        ]),
  ];
};

/** Names of the web server without which the relay works, for the journal. */
export const unservedNames = (pair: CertificatePair, domain: string): string[] =>
  uncovered(pair, certificateNames(domain).slice(1));

/** Whether each certificate is signed by the next one, and the last by a root. */
const isComplete = (
  { leaf, chain }: CertificatePair,
  roots: readonly X509Certificate[],
): boolean => {
  let current = leaf;
  for (const next of chain) if (isSignedBy(current, next)) current = next;
  return roots.some(
    (root) => root.fingerprint256 === current.fingerprint256 || isSignedBy(current, root),
  );
};

const isSignedBy = (certificate: X509Certificate, issuer: X509Certificate): boolean =>
  certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
