import { createMessage, encrypt, generateKey, readKey } from 'openpgp';
import { beforeAll, describe, expect, test } from 'vitest';
import { encryptedBody } from '../../../src/chatmaild/openpgp/encrypted.ts';

const PART_1 = 'Content-Type: application/pgp-encrypted\n\nVersion: 1\n';
const part2 = (body: string): string => `Content-Type: application/octet-stream\n\n${body}\n`;
const multipart = (...parts: readonly string[]): string =>
  `${parts.map((part) => `--sep\n${part}`).join('\n')}\n--sep--\n`;

const check = (body: string | Buffer, chunkSize = 1000, allowVersion = false) => {
  const scanner = encryptedBody('sep', { allowVersion });
  const bytes = typeof body === 'string' ? Buffer.from(body.replace(/\r?\n/g, '\r\n')) : body;
  for (let i = 0; i < bytes.length; i += chunkSize) scanner.push(bytes.subarray(i, i + chunkSize));
  return scanner.finish();
};

let armored = '';
let large = '';
beforeAll(async () => {
  const { publicKey } = await generateKey({ userIDs: [{ email: 'a@chat.example' }] });
  const encryptionKeys = await readKey({ armoredKey: publicKey });
  armored = await encrypt({ message: await createMessage({ text: 'secret' }), encryptionKeys });
  large = await encrypt({
    message: await createMessage({ binary: crypto.getRandomValues(new Uint8Array(60_000)) }),
    encryptionKeys,
  });
});

const armor = (bytes: Buffer, headers = '', checksum = ''): string =>
  `-----BEGIN PGP MESSAGE-----\n${headers}\n${bytes.toString('base64')}\n${checksum}-----END PGP MESSAGE-----`;
/** A SEIPD packet of 3 bytes: 8 sextets with no padding. */
const SEIPD = Buffer.from([0xd2, 4, 1, 2, 3, 4]);

describe('a multipart/encrypted body', () => {
  test('of OpenPGP.js passes, however it is cut and ended', () => {
    for (const message of [armored, large]) {
      const body = multipart(PART_1, part2(message));
      for (const size of [1, 7, 64, 65535]) expect(check(body, size)).toBeUndefined();
      expect(check(Buffer.from(body.replace(/\r\n/g, '\n')))).toBeUndefined();
    }
  });

  test.each<[string, () => string, string | undefined]>([
    ['short', () => multipart(PART_1, part2(armor(SEIPD))), undefined],
    ['checksum', () => multipart(PART_1, part2(armor(SEIPD, '', '=abcd\n'))), undefined],
    ['padding', () => multipart(PART_1, part2(armor(Buffer.from([0xd2, 2, 1, 2])))), undefined],
    [
      'white space around',
      () => `\n \n${multipart(PART_1, part2(`\n${armor(SEIPD)}\n\n`))}\n\t\n`,
      undefined,
    ],
    [
      'usual part headers',
      () =>
        multipart(
          `Content-Description: PGP/MIME version identification\n${PART_1}`,
          `Content-Disposition: inline;\n filename="encrypted.asc"\nContent-Transfer-Encoding: 7BIT\n${part2(armor(SEIPD))}`,
        ),
      undefined,
    ],
    [
      'delimiters with spaces behind',
      () => multipart(PART_1, part2(armor(SEIPD))).replace(/--sep\n/g, '--sep \t\n'),
      undefined,
    ],
    [
      'no closing delimiter',
      () => multipart(PART_1, part2(armor(SEIPD))).replace('--sep--\n', ''),
      'no closing delimiter',
    ],
    ['cut off', () => multipart(PART_1, part2(armored)).slice(0, 250), 'no closing delimiter'],
    ['empty', () => '', 'no closing delimiter'],
    [
      'preamble',
      () => `Hello\n${multipart(PART_1, part2(armor(SEIPD)))}`,
      'text outside the parts',
    ],
    [
      'epilogue',
      () => `${multipart(PART_1, part2(armor(SEIPD)))}Hello\n`,
      'text outside the parts',
    ],
    [
      'part after the end',
      () => multipart(PART_1, part2(armor(SEIPD))).repeat(2),
      'delimiter after the closing one',
    ],
    [
      'boundary prefix',
      () => `${multipart(PART_1, part2(armor(SEIPD)))}--sepia\n`,
      'line that begins like a delimiter',
    ],
    ['one part', () => multipart(PART_1), 'too few parts'],
    ['no part', () => '--sep--\n', 'too few parts'],
    [
      'three parts',
      () => multipart(PART_1, part2(armor(SEIPD)), part2(armor(SEIPD))),
      'too many parts',
    ],
    [
      'parts swapped',
      () => multipart(part2(armor(SEIPD)), PART_1),
      'part that is not application/pgp-encrypted',
    ],
    [
      'text part',
      () => multipart(PART_1, `Content-Type: text/plain\n\n${armor(SEIPD)}\n`),
      'part that is not application/octet-stream',
    ],
    [
      'nested multipart',
      () => multipart(PART_1, 'Content-Type: multipart/mixed; boundary=in\n\n--in--\n'),
      'part that is not application/octet-stream',
    ],
    [
      'part without a header',
      () => multipart(`\n${PART_1}`, part2(armor(SEIPD))),
      'part that is not application/pgp-encrypted',
    ],
    [
      'two content types',
      () => multipart(PART_1, `Content-Type: application/octet-stream\n${part2(armor(SEIPD))}`),
      'part that is not application/octet-stream',
    ],
    [
      'base64 part',
      () => multipart(PART_1, `Content-Transfer-Encoding: base64\n${part2(armor(SEIPD))}`),
      'content transfer encoding',
    ],
    [
      'garbage as part header',
      () => multipart(PART_1, `Hello\n${part2(armor(SEIPD))}`),
      'malformed part header',
    ],
    [
      'version 2',
      () => multipart(PART_1.replace('1', '2'), part2(armor(SEIPD))),
      'text other than "Version: 1"',
    ],
    [
      'text behind the version',
      () => multipart(`${PART_1}Hello\n`, part2(armor(SEIPD))),
      'text other than "Version: 1"',
    ],
    [
      'no version',
      () => multipart('Content-Type: application/pgp-encrypted\n\n', part2(armor(SEIPD))),
      'no "Version: 1"',
    ],
    ['cleartext', () => multipart(PART_1, part2('Hello')), 'text before the armor'],
    [
      'text before the armor',
      () => multipart(PART_1, part2(`Hello\n${armor(SEIPD)}`)),
      'text before the armor',
    ],
    [
      'text behind the armor',
      () => multipart(PART_1, part2(`${armor(SEIPD)}\nHello`)),
      'text after the armor',
    ],
    [
      'two armors',
      () => multipart(PART_1, part2(`${armor(SEIPD)}\n${armor(SEIPD)}`)),
      'text after the armor',
    ],
    [
      'a signed message',
      () => multipart(PART_1, part2('-----BEGIN PGP SIGNED MESSAGE-----\nHello')),
      'text before the armor',
    ],
    [
      'armor header',
      () => multipart(PART_1, part2(armor(SEIPD, 'Comment: Hello\n'))),
      'armor header',
    ],
    [
      'version in the armor',
      () => multipart(PART_1, part2(armor(SEIPD, 'Version: X\n'))),
      'armor header',
    ],
    [
      'garbage in the base64',
      () => multipart(PART_1, part2(armor(SEIPD).replace('0g', '0!'))),
      'character that is not base64',
    ],
    [
      'a space in the base64',
      () => multipart(PART_1, part2(armor(SEIPD).replace('0g', '0 g'))),
      'character that is not base64',
    ],
    [
      'incomplete base64',
      () => multipart(PART_1, part2(armor(SEIPD).replace('gME', 'gM'))),
      'incomplete base64',
    ],
    [
      'data behind the padding',
      () => multipart(PART_1, part2(armor(SEIPD, '', 'AA==\nAAAA\n'))),
      'armor without an end',
    ],
    [
      'no end of armor',
      () => multipart(PART_1, part2(armor(SEIPD).replace(/-----END.*/, ''))),
      'unfinished armor',
    ],
    ['empty armor', () => multipart(PART_1, part2(armor(Buffer.alloc(0)))), 'truncated packets'],
    [
      'literal packet',
      () => multipart(PART_1, part2(armor(Buffer.from([0xcb, 3, 1, 2, 3, 4])))),
      'packet of type 11',
    ],
    [
      'truncated packet',
      () => multipart(PART_1, part2(armor(Buffer.from([0xd2, 9, 1, 2, 3, 4])))),
      'truncated packets',
    ],
    ['a line without end', () => multipart(PART_1, part2(`${'x'.repeat(5000)}`)), 'line too long'],
    [
      'a bare CR before a delimiter',
      () => multipart(PART_1, part2('x\r--sep')),
      'control character',
    ],
    ['a NUL', () => multipart(PART_1, part2(`\0${armor(SEIPD)}`)), 'control character'],
  ])('%s', (_name, body, problem) => {
    const text = body();
    expect(check(text)).toBe(problem);
    expect(check(text, 1)).toBe(problem);
  });

  test('may say the version of its software when it comes from elsewhere, once', () => {
    const with1 = multipart(PART_1, part2(armor(SEIPD, 'Version: GnuPG v2\n')));
    const with2 = multipart(PART_1, part2(armor(SEIPD, 'Version: A\nVersion: B\n')));
    expect(check(with1, 100, true)).toBeUndefined();
    expect(check(with2, 100, true)).toBe('armor header');
  });

  test.each([30, 300])('of %i MB takes no memory', (megabytes) => {
    const scanner = encryptedBody('sep', { allowVersion: false });
    const lines = `${'A'.repeat(76)}\r\n`.repeat(800);
    const groups = Math.ceil((megabytes * 1e6) / lines.length);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(groups * 800 * 57 - 3);
    const head = Buffer.concat([Buffer.from([0xd2, 255]), length]).toString('base64');
    scanner.push(Buffer.from(`--sep\r\n${PART_1}--sep\r\n${part2('').trimEnd()}\r\n\r\n`));
    scanner.push(Buffer.from(`-----BEGIN PGP MESSAGE-----\r\n\r\n${head}\r\n`));
    const block = Buffer.from(lines);
    let most = 0;
    for (let i = 0; i < groups; i++) {
      scanner.push(i === groups - 1 ? block.subarray(0, block.length - 6) : block);
      most = Math.max(most, scanner.bufferedBytes);
    }
    scanner.push(Buffer.from('\r\n-----END PGP MESSAGE-----\r\n--sep--\r\n'));
    expect(most).toBeLessThan(4096);
    expect(scanner.finish()).toBeUndefined();
  });

  test('that is one endless line takes no memory either', () => {
    const scanner = encryptedBody('sep', { allowVersion: false });
    for (let i = 0; i < 100; i++) scanner.push(Buffer.alloc(100_000, 0x78));
    expect(scanner.bufferedBytes).toBe(0);
    expect(scanner.finish()).toBe('line too long');
  });
});
