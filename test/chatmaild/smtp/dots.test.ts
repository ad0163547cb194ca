import { describe, expect, it } from 'vitest';
import { DotEncoder, undot } from '../../../src/chatmaild/smtp/dots.ts';

/** Encodes `text` in pieces of `size`, with its end. */
const encode = (text: string, size: number): string => {
  const encoder = new DotEncoder();
  let encoded = '';
  for (let at = 0; at < text.length; at += size)
    encoded += encoder.push(Buffer.from(text.slice(at, at + size), 'latin1')).toString('latin1');
  return `${encoded}${encoder.end()}\r\n`;
};

describe.each([1, 2, 3, 1000])('DotEncoder, in pieces of %d', (size) => {
  it.each([
    ['a\r\nb\r\n', 'a\r\nb\r\n.\r\n'],
    ['a', 'a\r\n.\r\n'],
    ['', '.\r\n'],
    ['.\r\n..\r\na.b\r\n', '..\r\n...\r\na.b\r\n.\r\n'],
    ['a\n.\nb\n', 'a\r\n..\r\nb\r\n.\r\n'],
    ['a\r\n.\nMAIL FROM:<x>\n', 'a\r\n..\r\nMAIL FROM:<x>\r\n.\r\n'],
    ['a\r', 'a\r\r\n.\r\n'],
    ['\xff\0.\r\n', '\xff\0.\r\n.\r\n'],
  ])('encodes %j', (text, encoded) => expect(encode(text, size)).toBe(encoded));
});

describe('undot', () => {
  it('takes one dot off lines that begin with one', () => {
    expect(undot(['a', '..', '.b', 'c.']).toString()).toBe('a\r\n.\r\nb\r\nc.\r\n');
  });
});
