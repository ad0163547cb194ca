import { expect, test } from 'vitest';
import { formatDuration } from '../../../src/cli/output/duration.ts';
import { shorten, widthOf } from '../../../src/cli/output/width.ts';

test.each([
  ['apt-get', 7, 'apt-get'],
  ['apt-get', 6, 'apt-g…'],
  ['apt-get', 1, '…'],
  ['apt-get', 0, ''],
  ['日本語', 6, '日本語'],
  ['日本語', 5, '日本…'],
  ['日本語', 4, '日…'],
  ['', 0, ''],
])('%s in %i columns', (text, columns, expected) => {
  expect(shorten(text, columns)).toBe(expected);
  expect(widthOf(expected)).toBeLessThanOrEqual(columns);
});

test.each([
  [0, '0.0 s'],
  [949, '0.9 s'],
  [9_960, '10 s'],
  [119_000, '119 s'],
  [119_600, '2 min 00 s'],
  [185_000, '3 min 05 s'],
])('%i ms: %s', (ms, text) => expect(formatDuration(ms)).toBe(text));
