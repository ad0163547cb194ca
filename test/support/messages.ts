/** Builds messages as clients, other servers and forgers would send them (RFC 5322, RFC 3156). */
import { randomUUID } from 'node:crypto';
import { dkimSign } from 'mailauth/lib/dkim/sign.js';
import { createMessage, encrypt, generateKey, type PublicKey, readKey } from 'openpgp';

export interface Addresses {
  readonly from: string;
  readonly to: string;
}

export interface Built {
  /** What to look for in a mailbox: the Message-ID, without brackets. */
  readonly id: string;
  readonly source: string;
}

/** Lines to a message, each ended by CRLF. */
export function crlf(...lines: readonly string[]): string {
  return lines.map((line) => `${line.replace(/\r?\n/g, '\r\n')}\r\n`).join('');
}

/** The header section, without the empty line: `extra` may add fields and content type. */
export function header({ from, to }: Addresses, id: string, ...extra: readonly string[]): string {
  return crlf(
    `From: <${from}>`,
    `To: <${to}>`,
    `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${id}>`,
    'Subject: what the message is about',
    'MIME-Version: 1.0',
    ...extra,
  );
}

export function newId(from: string): string {
  return `${randomUUID()}@${from.slice(from.indexOf('@') + 1)}`;
}

let recipientKey: Promise<PublicKey> | undefined;

async function anyKey(): Promise<PublicKey> {
  const { publicKey } = await generateKey({
    userIDs: { email: 'anybody@recipient.test' },
    format: 'armored',
  });
  return await readKey({ armoredKey: publicKey });
}

/** An armored message encrypted to some key; `bytes` of it are content. */
export async function armoredMessage(bytes = 100): Promise<string> {
  recipientKey ??= anyKey();
  return await encrypt({
    message: await createMessage({ binary: new Uint8Array(bytes).fill(97) }),
    encryptionKeys: await recipientKey,
  });
}

/** The parts of a PGP/MIME message; tests replace what they want wrong. */
export interface PgpMimeParts {
  readonly contentType?: string;
  /** Content type and body of each part. */
  readonly parts?: readonly (readonly [contentType: string, body: string])[];
  readonly fields?: readonly string[];
}

const BOUNDARY = 'boundary-of-this-test';
export const CONTROL_PART = ['application/pgp-encrypted', 'Version: 1'] as const;
export const ENCRYPTED_TYPE = `multipart/encrypted; protocol="application/pgp-encrypted"; boundary="${BOUNDARY}"`;

/** `multipart/encrypted` around parts (RFC 3156 section 4), by default a correct pair of them. */
export async function pgpMime(addresses: Addresses, options: PgpMimeParts = {}): Promise<Built> {
  const parts = options.parts ?? [
    CONTROL_PART,
    ['application/octet-stream', await armoredMessage()] as const,
  ];
  return multipart(addresses, options.contentType ?? ENCRYPTED_TYPE, parts, options.fields);
}

/** A message of the given multipart content type, with {@link BOUNDARY} between its parts. */
export function multipart(
  addresses: Addresses,
  contentType: string,
  parts: readonly (readonly [contentType: string, body: string])[],
  fields: readonly string[] = [],
): Built {
  const id = newId(addresses.from);
  const body = parts.map(([type, text]) =>
    crlf(`--${BOUNDARY}`, `Content-Type: ${type}`, '', text.trimEnd()),
  );
  const source = `${header(addresses, id, ...fields, `Content-Type: ${contentType}`)}\r\n${body.join('')}--${BOUNDARY}--\r\n`;
  return { id, source };
}

/** The unencrypted first step of SecureJoin, the one cleartext message a relay lets pass. */
export function secureJoinRequest(
  addresses: Addresses,
  step: 'vc-request' | 'vg-request' = 'vc-request',
): Built {
  return multipart(
    addresses,
    `multipart/mixed; boundary="${BOUNDARY}"`,
    [['text/plain; charset=utf-8', `secure-join: ${step}`]],
    [`Secure-Join: ${step}`, 'Secure-Join-Invitenumber: abcdefghijk'],
  );
}

export function cleartext(addresses: Addresses, text = 'for everyone to read'): Built {
  const id = newId(addresses.from);
  return { id, source: `${header(addresses, id, 'Content-Type: text/plain')}\r\n${crlf(text)}` };
}

export interface DkimKey {
  readonly domain: string;
  readonly selector: string;
  /** PEM. */
  readonly privateKey: string;
}

/** The message with a DKIM-Signature (RFC 6376) before it. */
export async function signed({ id, source }: Built, key: DkimKey): Promise<Built> {
  const { domain: signingDomain, selector, privateKey } = key;
  const signature = { signingDomain, selector, privateKey };
  // The library reads `signatureData`; its types want the same beside it.
  const { signatures, errors } = await dkimSign(source, {
    ...signature,
    canonicalization: 'relaxed/simple',
    // Without it the library looks at the clock twice, and signs another second than it writes.
    signTime: new Date(),
    signatureData: [signature],
  });
  if (errors?.length) throw new Error(`DKIM: ${JSON.stringify(errors)}`);
  if (!signatures.startsWith('DKIM-Signature:')) throw new Error('DKIM: nothing was signed.');
  return { id, source: signatures + source };
}
