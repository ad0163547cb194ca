import type { HeaderField } from '../../mime/header-fields.ts';
import { asciiLowerCase } from '../../mime/header-fields.ts';
import { base64Value, colonList, parseTags } from './tags.ts';

export type Canonicalization = 'simple' | 'relaxed';
export type KeyType = 'rsa' | 'ed25519';

/** A DKIM-Signature whose form is right (RFC 6376 section 3.5). */
export interface DkimSignature {
  readonly field: HeaderField;
  readonly keyType: KeyType;
  readonly headerForm: Canonicalization;
  readonly bodyForm: Canonicalization;
  readonly domain: string;
  /** Where the key is: `selector._domainkey.domain`. */
  readonly keyName: string;
  /** Domain of the agent (i=), which a key may require to be `domain` itself. */
  readonly agentDomain: string;
  /** Lower-case names of the signed fields. */
  readonly signedFields: readonly string[];
  readonly bodyHash: Buffer;
  readonly signature: Buffer;
  /** Octets of the canonical body that the signature covers (l=); undefined: all of it. */
  readonly bodyLength: number | undefined;
}

/** Lower-case d= of a signature, whatever its form; undefined when there is none. */
export const signatureDomain = (field: HeaderField): string | undefined => {
  const domain = parseTags(field.value)?.get('d');
  return domain === undefined ? undefined : asciiLowerCase(domain);
};

const DNS_NAME = /^(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/;

/** RFC 8301 forbids to accept rsa-sha1. */
const KEY_TYPES: ReadonlyMap<string, KeyType> = new Map([
  ['rsa-sha256', 'rsa'],
  ['ed25519-sha256', 'ed25519'],
]);

const isForm = (text: string | undefined): text is Canonicalization =>
  text === 'simple' || text === 'relaxed';

/** Seconds since 1970 or octets; `null` when it is no number. */
const decimal = (value: string | undefined): number | undefined | null => {
  if (value === undefined) return undefined;
  return /^\d{1,15}$/.test(value) ? Number(value) : null;
};

/**
 * Reads a signature. A string says why it cannot be valid.
 * @param now seconds since 1970
 */
export const parseSignature = (field: HeaderField, now: number): DkimSignature | string => {
  const tags = parseTags(field.value);
  if (tags?.get('v') !== '1') return 'malformed';
  const keyType = KEY_TYPES.get(asciiLowerCase(tags.get('a') ?? ''));
  if (!keyType) return 'algorithm';
  const [headerForm = '', bodyForm = 'simple'] = (tags.get('c') ?? 'simple/simple')
    .toLowerCase()
    .split('/');
  if (!isForm(headerForm) || !isForm(bodyForm)) return 'canonicalization';
  const expires = decimal(tags.get('x'));
  const bodyLength = decimal(tags.get('l'));
  if (expires === null || bodyLength === null) return 'malformed';
  if (expires !== undefined && expires < now) return 'expired';
  const methods = colonList(tags.get('q') ?? 'dns/txt');
  if (!methods.includes('dns/txt')) return 'query method';
  const rest = parseIdentity(tags);
  if (typeof rest === 'string') return rest;
  return { field, keyType, headerForm, bodyForm, bodyLength, ...rest };
};

type Identity = Pick<
  DkimSignature,
  'domain' | 'keyName' | 'agentDomain' | 'signedFields' | 'bodyHash' | 'signature'
>;

/** Who signed what. */
const parseIdentity = (tags: ReadonlyMap<string, string>): Identity | string => {
  const domain = asciiLowerCase(tags.get('d') ?? '');
  const keyName = `${asciiLowerCase(tags.get('s') ?? '')}._domainkey.${domain}`;
  if (!DNS_NAME.test(domain) || !DNS_NAME.test(keyName)) return 'domain or selector';
  const agent = asciiLowerCase(tags.get('i') ?? `@${domain}`);
  const agentDomain = agent.slice(agent.lastIndexOf('@') + 1);
  if (agentDomain !== domain && !agentDomain.endsWith(`.${domain}`)) return 'agent';
  const signedFields = colonList(tags.get('h') ?? '');
  // Without it the signature says nothing of the sender (RFC 6376 section 5.4).
  if (!signedFields.includes('from')) return 'from not signed';
  const bodyHash = base64Value(tags.get('bh') ?? '');
  const signature = base64Value(tags.get('b') ?? '');
  if (!bodyHash || !signature) return 'malformed';
  return { domain, keyName, agentDomain, signedFields, bodyHash, signature };
};
