/** Certificate and key as the daemons read them: PEM, the certificate first, then its chain. */
import { createHash, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

export interface CertificatePair {
  readonly leaf: X509Certificate;
  readonly chain: readonly X509Certificate[];
  /** Of the text of both, lower-case hex. */
  readonly sha256: string;
}

/** The files cannot be served from; the message says why, without a word of their content. */
export class PairError extends Error {
  override readonly name = 'PairError';
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** @throws {PairError} when a certificate or the key is missing or damaged, or they do not match */
export const parsePair = (certificatePem: string, keyPem: string): CertificatePair => {
  const [leaf, ...chain] = parseCertificates(certificatePem);
  if (leaf === undefined) throw new PairError('it holds no certificate in PEM form');
  if (!leaf.checkPrivateKey(parseKey(keyPem))) {
    throw new PairError('the key does not belong to the certificate');
  }
  const sha256 = createHash('sha256').update(certificatePem).update(keyPem).digest('hex');
  return { leaf, chain, sha256 };
};

/** @throws {PairError} when one of them is damaged */
export const parseCertificates = (pem: string): X509Certificate[] =>
  (pem.match(CERTIFICATE) ?? []).map((block) => {
    try {
      return new X509Certificate(block);
    } catch {
      throw new PairError('a certificate in it is damaged');
    }
  });

const parseKey = (pem: string): KeyObject => {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new PairError('it holds no private key in PEM form, or one with a passphrase');
  }
};

export const validFrom = ({ leaf }: CertificatePair): number => Date.parse(leaf.validFrom);
export const validTo = ({ leaf }: CertificatePair): number => Date.parse(leaf.validTo);

/** Not by checkIssued: it wants a certificate that may sign others. */
export const isSelfSigned = ({ leaf }: CertificatePair): boolean =>
  leaf.issuer === leaf.subject && leaf.verify(leaf.publicKey);

/** Which of `names` (domains or IP addresses) the certificate is not for. */
export const uncovered = ({ leaf }: CertificatePair, names: readonly string[]): string[] =>
  names.filter((name) =>
    isIP(name) === 0
      ? leaf.checkHost(name, { subject: 'never' }) === undefined
      : leaf.checkIP(name) === undefined,
  );
