import { expect, test } from 'vitest';
import { sanitize, sanitizeLine } from '../../../src/cli/output/sanitize.ts';

test.each([
  ['plain text, ümläuts and emoji 🙂 stay', 'plain text, ümläuts and emoji 🙂 stay'],
  ['lines\nand\ttabs stay', 'lines\nand\ttabs stay'],
  ['DOS lines\r\n', 'DOS lines\n'],
  ['\u001b[31mred\u001b[0m', 'red'],
  ['\u001b[2J\u001b[H\u001b]0;title\u0007x', 'x'],
  ['lone \u001b escape', 'lone \\x1b escape'],
  ['\u001b\u001b[0m[2J', '\\x1b[2J'],
  ['over\rwritten', 'over\\x0dwritten'],
  ['back\b\u0007\u0000\u007f', 'back\\x08\\x07\\x00\\x7f'],
  ['C1 \u0090 \u0085', 'C1 \\x90 \\x85'],
  ['bidi \u202egpj.exe \u2066', 'bidi \\u{202e}gpj.exe \\u{2066}'],
  ['separators \u2028\u2029', 'separators \\u{2028}\\u{2029}'],
])('%j', (text, harmless) => expect(sanitize(text)).toBe(harmless));

test('nothing that a terminal obeys is left, whatever the mixture', () => {
  const pieces = ['\u001b', '[', ']', '31', 'm', '\u009b', '\u0007', 'K', ';', '\r', '\u202e', 'P'];
  for (let seed = 1; seed < 2_000; seed++) {
    let state = seed;
    let text = '';
    for (let i = 0; i < 12; i++) {
      state = (state * 48_271) % 2_147_483_647;
      text += pieces[state % pieces.length];
    }
    expect(sanitize(text)).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
  }
});

test('a single line stays one', () => expect(sanitizeLine('a\nb\tc\r\nd')).toBe('a b c d'));
