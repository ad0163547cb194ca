import { describe, expect, test } from 'vitest';
import { parseCommand } from '../../../src/chatmaild/milter/commands.ts';
import type { Frame } from '../../../src/chatmaild/milter/frames.ts';
import { encodeFrame, FrameDecoder } from '../../../src/chatmaild/milter/frames.ts';
import { MAX_FRAME_BYTES, MilterProtocolError } from '../../../src/chatmaild/milter/protocol.ts';

const decode = (bytes: Buffer, size: number): Frame[] => {
  const decoder = new FrameDecoder();
  const frames: Frame[] = [];
  for (let i = 0; i < bytes.length; i += size) {
    frames.push(...decoder.push(bytes.subarray(i, i + size)));
    expect(decoder.bufferedBytes).toBeLessThanOrEqual(MAX_FRAME_BYTES + 4);
  }
  return frames;
};

describe('frames', () => {
  const sent = ['', 'x', 'a'.repeat(300), 'b'.repeat(70_000), '', ''].map((text, i) => ({
    command: 'ABCDEF'[i] ?? '',
    data: Buffer.from(text),
  }));
  const bytes = Buffer.concat(sent.map(({ command, data }) => encodeFrame(command, data)));

  test.each([1, 2, 3, 4, 5, 6, 1000, 1_000_000])('in chunks of %i bytes', (size) => {
    expect(decode(bytes, size).map(({ command, data }) => [command, data.toString()])).toEqual(
      sent.map(({ command, data }) => [command, data.toString()]),
    );
  });

  test.each([1, 4, 100])('that are empty or too long are refused, in chunks of %i', (size) => {
    expect(() => decode(Buffer.alloc(10), size)).toThrow(MilterProtocolError);
    expect(() => decode(Buffer.from('GET / HTTP/1.1\r\n'), size)).toThrow(MilterProtocolError);
  });
});

describe('commands', () => {
  test.each([
    ['M', 'no NUL'],
    ['M', ''],
    ['R', ''],
    ['L', 'name only\0'],
    ['L', 'name\0value\0more\0'],
    ['L', ''],
    ['D', ''],
    ['D', 'Mname\0'],
    ['O', 'short'],
    ['E', 'body'],
    ['Z', ''],
    ['\0', ''],
  ])('%j with %j is refused', (command, data) => {
    expect(() => parseCommand({ command, data: Buffer.from(data) })).toThrow(MilterProtocolError);
  });

  test('keep every byte of a header', () => {
    const value = Buffer.from([0x20, 0xff, 0x0a, 0x09, 0x80, 0x00]);
    const data = Buffer.concat([Buffer.from('X-Bytes\0'), value]);
    expect(parseCommand({ command: 'L', data })).toEqual({
      kind: 'header',
      name: 'X-Bytes',
      value: ' \xff\n\t\x80',
    });
  });
});
