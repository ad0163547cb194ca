import type { KeyObject } from 'node:crypto';
import { createPublicKey } from 'node:crypto';
import type { DkimSignature, KeyType } from './signature.ts';
import { base64Value, colonList, parseTags } from './tags.ts';

/** RFC 8301 section 3.2: shorter keys must not be taken for valid. */
const MIN_RSA_BITS = 1024;

/** SubjectPublicKeyInfo up to the key itself (RFC 8410). */
const ED25519_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** Reads a key record (RFC 6376 section 3.6.1) for a signature. A string says why it cannot be used. */
export const parseKey = (record: string, signature: DkimSignature): KeyObject | string => {
  const tags = parseTags(record);
  if (!tags || (tags.get('v') ?? 'DKIM1') !== 'DKIM1') return 'malformed key';
  if ((tags.get('k') ?? 'rsa').toLowerCase() !== signature.keyType) return 'key type';
  if (!colonList(tags.get('h') ?? 'sha256').includes('sha256')) return 'key hash';
  const services = colonList(tags.get('s') ?? '*');
  if (!services.includes('*') && !services.includes('email')) return 'key service';
  const flags = colonList(tags.get('t') ?? '');
  if (flags.includes('s') && signature.agentDomain !== signature.domain) return 'key agent';
  if (tags.get('p') === '') return 'key revoked';
  const bytes = base64Value(tags.get('p') ?? '');
  return (bytes && publicKey(bytes, signature.keyType)) ?? 'malformed key';
};

const publicKey = (bytes: Buffer, type: KeyType): KeyObject | undefined => {
  if (type === 'ed25519') {
    if (bytes.length !== 32) return undefined;
    return derKey(Buffer.concat([ED25519_PREFIX, bytes]), 'spki');
  }
  // RFC 6376 says RSAPublicKey, its erratum 3017 and everybody SubjectPublicKeyInfo.
  const key = derKey(bytes, 'spki') ?? derKey(bytes, 'pkcs1');
  const bits = key?.asymmetricKeyDetails?.modulusLength ?? 0;
  return key?.asymmetricKeyType === 'rsa' && bits >= MIN_RSA_BITS ? key : undefined;
};

const derKey = (key: Buffer, type: 'spki' | 'pkcs1'): KeyObject | undefined => {
  try {
    return createPublicKey({ key, format: 'der', type });
  } catch {
    return undefined;
  }
};
