/**
 * Messages that look encrypted and are not, or carry more than ciphertext; and odd ones that are
 * encrypted all the same. RFC 9580 for the packets, RFC 3156 for the MIME around them.
 */
import { armor, enums } from 'openpgp';
import {
  type Addresses,
  armoredMessage,
  type Built,
  CONTROL_PART,
  cleartext,
  crlf,
  ENCRYPTED_TYPE,
  header,
  multipart,
  newId,
  pgpMime,
  secureJoinRequest,
} from './messages.ts';

type Builder = (addresses: Addresses) => Built | Promise<Built>;
export type Case = readonly [name: string, build: Builder];

const LITERAL = 11;
const SEIPD = 18;
const SKESK = 3;
const PKESK = 1;

/** A packet with a new-format header and a five-octet length (RFC 9580 section 4.2.1). */
function packet(tag: number, body: Uint8Array, claimedLength = body.length): Uint8Array {
  const head = Buffer.alloc(6);
  head[0] = 0xc0 | tag;
  head[1] = 0xff;
  head.writeUInt32BE(claimedLength, 2);
  return Buffer.concat([head, body]);
}

/** A packet with an old-format header and a two-octet length (RFC 9580 section 4.2.2). */
function oldPacket(tag: number, body: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from([0x81 | (tag << 2), body.length >> 8, body.length]), body]);
}

/** Partial body lengths: 512 octets and then the rest (RFC 9580 section 4.2.1.4). */
function partialPacket(tag: number, body: Uint8Array): Uint8Array {
  const rest = body.subarray(512);
  return Buffer.concat([
    Buffer.from([0xc0 | tag, 0xe9]),
    body.subarray(0, 512),
    Buffer.from([rest.length]),
    rest,
  ]);
}

const noise = (length: number) => Buffer.alloc(length, 0x5a);
const ciphertext = (length = 600) => Buffer.concat([Buffer.from([1]), noise(length - 1)]);
const readable = Buffer.from('b\0\0\0\0\0this can be read by everyone');
const sessionKey = Buffer.concat([Buffer.from([3]), noise(60)]);

/** ASCII armor around packets, as they are. */
function armored(...packets: readonly Uint8Array[]): string {
  return armor(enums.armor.message, new Uint8Array(Buffer.concat(packets)));
}

const withArmor =
  (text: () => string | Promise<string>): Builder =>
  async (addresses) =>
    await pgpMime(addresses, {
      parts: [CONTROL_PART, ['application/octet-stream', await text()]],
    });

/** Submitted or received, a relay must refuse these as unencrypted. */
export const UNENCRYPTED: readonly Case[] = [
  ['plain text', (a) => cleartext(a)],
  ['an empty body', (a) => cleartext(a, '')],
  ['inline PGP in plain text', async (a) => cleartext(a, await armoredMessage())],
  [
    'multipart/encrypted around a readable part',
    (a) => pgpMime(a, { parts: [CONTROL_PART, ['text/plain', 'readable']] }),
  ],
  ['no second part', (a) => pgpMime(a, { parts: [CONTROL_PART] })],
  [
    'a third part',
    async (a) =>
      pgpMime(a, {
        parts: [
          CONTROL_PART,
          ['application/octet-stream', await armoredMessage()],
          ['text/plain', 'readable'],
        ],
      }),
  ],
  [
    'another first part',
    async (a) =>
      pgpMime(a, {
        parts: [
          ['text/plain', 'Version: 1'],
          ['application/octet-stream', await armoredMessage()],
        ],
      }),
  ],
  [
    'text in the first part',
    async (a) =>
      pgpMime(a, {
        parts: [
          ['application/pgp-encrypted', 'Version: 1\n\nand something to read'],
          ['application/octet-stream', await armoredMessage()],
        ],
      }),
  ],
  [
    'multipart/mixed instead of multipart/encrypted',
    async (a) =>
      pgpMime(a, {
        contentType: ENCRYPTED_TYPE.replace('multipart/encrypted', 'multipart/mixed'),
      }),
  ],
  ['no boundary parameter', (a) => pgpMime(a, { contentType: 'multipart/encrypted' })],
  ['not armored', withArmor(() => 'readable')],
  ['a literal data packet', withArmor(() => armored(packet(LITERAL, readable)))],
  [
    'literal data after the encrypted data',
    withArmor(() => armored(packet(SEIPD, ciphertext()), packet(LITERAL, readable))),
  ],
  [
    'literal data before the encrypted data',
    withArmor(() => armored(packet(LITERAL, readable), packet(SEIPD, ciphertext()))),
  ],
  ['a session key and nothing else', withArmor(() => armored(packet(PKESK, sessionKey)))],
  [
    'a packet longer than the data',
    withArmor(() => armored(packet(SEIPD, ciphertext(), 0xffffffff))),
  ],
  ['a packet shorter than the data', withArmor(() => armored(packet(SEIPD, ciphertext(), 100)))],
  ['no packets', withArmor(() => armored())],
  [
    'armor without an end',
    withArmor(async () => (await armoredMessage()).replace(/-----END.*\r?\n?/, '')),
  ],
  [
    'text after the armor',
    withArmor(async () => `${await armoredMessage()}\nand something to read`),
  ],
  ['text before the armor', withArmor(async () => `something to read\n${await armoredMessage()}`)],
  [
    'armor of another kind',
    withArmor(async () => (await armoredMessage()).replaceAll('PGP MESSAGE', 'PGP SIGNATURE')),
  ],
  [
    'characters that are not base64',
    withArmor(async () => (await armoredMessage()).replace(/\n\r?\n.{4}/, '\n\n{!}"')),
  ],
  ['a SecureJoin header and another text', (a) => withSecureJoin(a, [['text/plain', 'readable']])],
  [
    'a SecureJoin request and more',
    (a) =>
      withSecureJoin(a, [
        ['text/plain', 'secure-join: vc-request'],
        ['text/plain', 'readable'],
      ]),
  ],
  [
    'a SecureJoin request in HTML',
    (a) => withSecureJoin(a, [['text/html', 'secure-join: vc-request']]),
  ],
  [
    'a later SecureJoin step, which is encrypted when real',
    (a) => {
      const { id, source } = secureJoinRequest(a);
      return { id, source: source.replaceAll('vc-request', 'vc-request-with-auth') };
    },
  ],
  [
    'two content types',
    async (a) => {
      const { id, source } = await pgpMime(a);
      return { id, source: `Content-Type: text/plain\r\n${source}` };
    },
  ],
  [
    'a header section without end',
    (a) => {
      const id = newId(a.from);
      return { id, source: header(a, id, `Content-Type: ${ENCRYPTED_TYPE}`) };
    },
  ],
  [
    'parts nested a hundred deep',
    (a) => {
      const id = newId(a.from);
      const levels = Array.from({ length: 100 }, (_, level) =>
        crlf(`Content-Type: multipart/encrypted; boundary=b${level}`, '', `--b${level}`),
      );
      return { id, source: `${header(a, id)}${levels.join('')}\r\nreadable\r\n` };
    },
  ],
];

/** Encrypted, in forms that are seldom seen; a relay lets them pass. */
export const ENCRYPTED: readonly Case[] = [
  ['by OpenPGP.js', (a) => pgpMime(a)],
  ['partial body lengths', withArmor(() => armored(partialPacket(SEIPD, ciphertext(700))))],
  [
    'old-format session keys',
    withArmor(() => armored(oldPacket(PKESK, sessionKey), packet(SEIPD, ciphertext()))),
  ],
  [
    'a password and two recipients',
    withArmor(() =>
      armored(
        packet(SKESK, Buffer.from([4, 9, 0, 8])),
        packet(PKESK, sessionKey),
        packet(PKESK, sessionKey),
        packet(SEIPD, ciphertext()),
      ),
    ),
  ],
  ['a SecureJoin request', (a) => secureJoinRequest(a)],
  ['a SecureJoin request to a group', (a) => secureJoinRequest(a, 'vg-request')],
];

function withSecureJoin(
  addresses: Addresses,
  parts: readonly (readonly [contentType: string, body: string])[],
): Built {
  return multipart(addresses, 'multipart/mixed; boundary="boundary-of-this-test"', parts, [
    'Secure-Join: vc-request',
  ]);
}
