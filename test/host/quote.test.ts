import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { quote } from '../../src/host/quote.ts';

describe('quote', () => {
  test.each([
    [['systemctl', 'restart', 'dovecot.service'], 'systemctl restart dovecot.service'],
    [['echo', ''], "echo ''"],
    [['echo', "it's"], "echo 'it'\\''s'"],
    [['A=1', 'B=2'], "'A=1' B=2"],
    [['~root/x', '~root'], "'~root/x' '~root'"],
  ] as const)('%j', (argv, line) => expect(quote(argv)).toBe(line));

  test('a shell gives every argument back as it was', () => {
    const args = ['a b', '$(id)', '`id`', '"', "'", '\\', '\n', '*', '!x', '-n', 'ä', '#', '~', ''];
    const line = quote(['printf', '%s\\0', ...args]);
    const output = execFileSync('/bin/sh', ['-c', line], { encoding: 'utf8' });
    expect(output.split('\0').slice(0, -1)).toEqual(args);
  });

  test('a NUL is refused', () => expect(() => quote(['echo', 'a\0b'])).toThrow(TypeError));
});
