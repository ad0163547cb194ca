import { describe, expect, test } from 'vitest';
import { Base64Decoder } from '../../../src/chatmaild/openpgp/base64.ts';

const decode = (chunks: readonly string[]): { bytes: Buffer; stoppedAt: string | undefined } => {
  const decoder = new Base64Decoder();
  const out: Buffer[] = [];
  for (const chunk of chunks) {
    const buffer = Buffer.from(chunk, 'latin1');
    const stop = decoder.decode(buffer, 0, (bytes) => out.push(Buffer.from(bytes)));
    if (stop < buffer.length) return { bytes: Buffer.concat(out), stoppedAt: chunk.slice(stop) };
  }
  return { bytes: Buffer.concat(out), stoppedAt: undefined };
};

describe('base64', () => {
  test('decodes what Buffer encodes, however it is cut', () => {
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7919) % 256));
    const text = bytes.toString('base64').replace(/.{64}/g, '$&\r\n');
    for (const size of [1, 3, 1000, 65535, text.length]) {
      const chunks = text.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g')) ?? [];
      expect(decode(chunks).bytes.equals(bytes), `chunks of ${size}`).toBe(true);
    }
  });

  test.each([
    ['=', 'QUJD=', '='],
    ['a dash', 'QUJD\r\n-----END', '-----END'],
    ['a space', 'QUJD QUJD', ' QUJD'],
    ['a NUL', 'QUJD\0QUJD', '\0QUJD'],
    ['a bare CR', 'QUJD\rQUJD', 'QUJD'],
    ['a byte above ASCII', 'QUJD\xff', '\xff'],
  ])('stops at %s', (_name, text, rest) => {
    expect(decode([text])).toEqual({ bytes: Buffer.from('ABC'), stoppedAt: rest });
  });

  test.each([
    ['', 0, ''],
    ['QQ', 2, 'A'],
    ['QUI', 1, 'AB'],
    ['', 1, undefined],
    ['QQ', 1, undefined],
    ['QUI', 2, undefined],
    ['Q', 3, undefined],
    // Bits beyond the last byte are set.
    ['QR', 2, undefined],
  ])('the last group %j with %i signs of padding', (text, padding, bytes) => {
    const decoder = new Base64Decoder();
    decoder.decode(Buffer.from(text), 0, () => {});
    const last = decoder.finish(padding);
    expect(last && Buffer.from(last).toString()).toBe(bytes);
  });
});
