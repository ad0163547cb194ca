import { createHash, verify } from 'node:crypto';
import type { HeaderField } from '../../mime/header-fields.ts';
import { asciiLowerCase } from '../../mime/header-fields.ts';
import type { LookupTxt, TxtAnswer } from '../dns.ts';
import { BodyHash } from './body-hash.ts';
import { parseKey } from './key.ts';
import type { Canonicalization, DkimSignature } from './signature.ts';
import { parseSignature, signatureDomain } from './signature.ts';
import { signedHeader } from './signed-header.ts';

export type DkimResult =
  | { readonly kind: 'valid' }
  /** No signature of the domain at all. */
  | { readonly kind: 'missing' }
  /** `why`: of the first signature. */
  | { readonly kind: 'invalid'; readonly why: string }
  /** A key could not be looked up for now, and no other signature is valid. */
  | { readonly kind: 'later' };

/** Each costs a DNS query and a verification; honest senders have one or two. */
const MAX_SIGNATURES = 4;

interface Candidate {
  readonly signature: DkimSignature;
  readonly key: Promise<TxtAnswer>;
}

/**
 * Verifies the DKIM signatures of one domain while a message streams by (RFC 6376). Written for
 * this: the libraries at hand keep lines of hostile bodies in memory without bound, and query the
 * DNS for as many signatures as a message has.
 */
export class DkimVerifier {
  readonly #fields: readonly HeaderField[];
  readonly #candidates: readonly Candidate[];
  readonly #malformed: readonly string[];
  readonly #hashes = new Map<Canonicalization, BodyHash>();

  /**
   * Starts to look up the keys.
   * @param domain the one that d= must equal, in lower case
   * @param now seconds since 1970
   */
  constructor(fields: readonly HeaderField[], domain: string, lookup: LookupTxt, now: number) {
    this.#fields = fields;
    const parsed = fields
      .filter((field) => asciiLowerCase(field.name) === 'dkim-signature')
      .filter((field) => signatureDomain(field) === domain)
      .slice(0, MAX_SIGNATURES)
      .map((field) => parseSignature(field, now));
    this.#malformed = parsed.filter((signature) => typeof signature === 'string');
    this.#candidates = parsed
      .filter((signature) => typeof signature !== 'string')
      .map((signature) => ({ signature, key: lookup(signature.keyName) }));
    for (const { signature } of this.#candidates) {
      this.#hashes.set(signature.bodyForm, new BodyHash(signature.bodyForm));
    }
  }

  body(chunk: Buffer): void {
    for (const hash of this.#hashes.values()) hash.update(chunk);
  }

  async finish(): Promise<DkimResult> {
    const bodies = new Map([...this.#hashes].map(([form, hash]) => [form, hash.finish()]));
    const problems: string[] = [];
    let later = false;
    for (const { signature, key } of this.#candidates) {
      const body = bodies.get(signature.bodyForm);
      const problem = body ? checkBody(signature, body) : 'no body';
      const outcome = problem ?? (await this.#verify(signature, await key));
      if (outcome === 'valid') return { kind: 'valid' };
      if (outcome === 'later') later = true;
      else problems.push(outcome);
    }
    if (later) return { kind: 'later' };
    const why = problems[0] ?? this.#malformed[0];
    return why === undefined ? { kind: 'missing' } : { kind: 'invalid', why };
  }

  /** `valid`, `later`, or why not. */
  #verify(signature: DkimSignature, answer: TxtAnswer): string {
    if (answer.kind === 'later') return 'later';
    let why = 'no key';
    // Several records are against the rules; whoever can publish one may as well publish another.
    for (const record of answer.records.slice(0, MAX_SIGNATURES)) {
      const key = parseKey(record, signature);
      if (typeof key === 'string') {
        why = key;
        continue;
      }
      const data = signedHeader(this.#fields, signature);
      const valid =
        signature.keyType === 'rsa'
          ? verify('sha256', data, key, signature.signature)
          : // RFC 8463 section 3: Ed25519 signs the hash.
            verify(null, createHash('sha256').update(data).digest(), key, signature.signature);
      if (valid) return 'valid';
      why = 'bad signature';
    }
    return why;
  }
}

/**
 * What is wrong with the body. A signature that leaves a part of it out (l=) would let anybody
 * append to it.
 */
const checkBody = (
  signature: DkimSignature,
  body: { hash: Buffer; length: number },
): string | undefined => {
  if (signature.bodyLength !== undefined && signature.bodyLength !== body.length) {
    return 'body length';
  }
  return body.hash.equals(signature.bodyHash) ? undefined : 'body hash';
};
