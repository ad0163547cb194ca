import { expect, test } from 'vitest';
import { createCollector, MAX_LINE_LENGTH } from '../../src/host/output.ts';

const bytes = (text: string): Buffer => Buffer.from(text);

test('the text is cut at the limit, and that is told', () => {
  const collector = createCollector(5);
  expect(collector.add(bytes('1234'))).toBe(true);
  expect(collector.add(bytes('5'))).toBe(true);
  expect(collector.add(bytes('6'))).toBe(false);
  expect(collector.finish()).toBe('12345');
});

test('lines come whole, whatever the pieces, the last one without newline too', () => {
  const lines: string[] = [];
  const collector = createCollector(1_000, (line) => lines.push(line));
  for (const byte of bytes('ä\n\nb\r\nend')) collector.add(Buffer.from([byte]));
  expect(lines).toEqual(['ä', '', 'b\r']);
  collector.finish();
  expect(lines.at(-1)).toBe('end');
});

test('an endless line comes in pieces', () => {
  const lines: string[] = [];
  const collector = createCollector(10 * MAX_LINE_LENGTH, (line) => lines.push(line));
  for (let i = 0; i < 5; i++) collector.add(bytes('x'.repeat(MAX_LINE_LENGTH)));
  expect(lines).toHaveLength(5);
  collector.add(bytes(`${'y'.repeat(MAX_LINE_LENGTH + 1)}\n`));
  expect(lines.at(-1)).toBe('y');
});
