import { describe, expect, it } from 'vitest';
import { Lines } from '../../../src/chatmaild/mxsend/lines.ts';

async function* pieces(text: string, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < text.length; at += size) yield Buffer.from(text.slice(at, at + size));
}

const messageOf = async (lines: Lines): Promise<string> => {
  let message = '';
  for await (const chunk of lines.message()) message += chunk.toString();
  return message;
};

describe.each([1, 2, 5, 1000])('Lines, in pieces of %d', (size) => {
  it('gives commands and messages, and what follows them', async () => {
    const text = 'EHLO x\r\nDATA\r\na\r\n..\r\n.b\n.\r\n.\r\nDATA\r\n.\r\nQUIT\r\n';
    const lines = new Lines(pieces(text, size));
    expect(await lines.line()).toBe('EHLO x');
    expect(await lines.line()).toBe('DATA');
    // Only CRLF ends a line.
    expect(await messageOf(lines)).toBe('a\r\n.\r\nb\n.\r\n');
    expect(await lines.line()).toBe('DATA');
    expect(await messageOf(lines)).toBe('');
    expect(await lines.line()).toBe('QUIT');
    expect(await lines.line()).toBeUndefined();
  });

  it('throws when the connection ends within a message', async () => {
    await expect(messageOf(new Lines(pieces('a\r\nb', size)))).rejects.toThrow('no end');
  });

  it('throws when a line does not end', async () => {
    const endless = 'x'.repeat(40_000);
    await expect(new Lines(pieces(endless, size * 100)).line()).rejects.toThrow('no end');
  });
});
