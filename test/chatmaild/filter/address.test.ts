import { describe, expect, test } from 'vitest';
import {
  formatAddress,
  isIpLiteral,
  parseAddress,
  parseFrom,
} from '../../../src/chatmaild/filter/address.ts';

describe('a From header', () => {
  test.each([
    [' a@chat.example', 'a@chat.example'],
    [' <a@chat.example>', 'a@chat.example'],
    [' Ann <A@Chat.Example>', 'a@chat.example'],
    [' "Ann, <x@y>" <a@chat.example>', 'a@chat.example'],
    [' =?utf-8?q?=C3=9Cml?= <a@chat.example>', 'a@chat.example'],
    [' Mail Delivery System\r\n <MAILER-DAEMON@chat.example>', 'mailer-daemon@chat.example'],
    [' MAILER-DAEMON@chat.example (Mail (Delivery) System)', 'mailer-daemon@chat.example'],
    [' a@_chat.test', 'a@_chat.test'],
    [' a@[192.0.2.1]', 'a@[192.0.2.1]'],
    [' a@[IPv6:2001:db8::1]', 'a@[ipv6:2001:db8::1]'],
    [' "a b"@chat.example', '"a b"@chat.example'],
    // The Kelvin sign is not a k.
    [' \u212a@chat.example', undefined],
    ['', undefined],
    [' ', undefined],
    [' Ann', undefined],
    [' <>', undefined],
    [' a@', undefined],
    [' a@b@c', undefined],
    [' a@chat.example, b@chat.example', undefined],
    [' Ann <a@chat.example>, b@chat.example', undefined],
    [' a@chat.example <b@evil.example>', undefined],
    [' <a@chat.example> <b@evil.example>', undefined],
    [' <a@chat.example> b@evil.example', undefined],
    [' <@relay.example:a@chat.example>', undefined],
    [' group: a@chat.example;', undefined],
    [' (a@chat.example', undefined],
    [' "a@chat.example', undefined],
    [' a@chat..example', undefined],
    [' a@chat.example\0', undefined],
    [' Ann\u0007 <a@chat.example>', undefined],
  ])('%j is %j', (value, expected) => {
    const address = parseFrom(value);
    expect(address && formatAddress(address)).toBe(expected);
  });

  test('of great length is read in no time', () => {
    const start = performance.now();
    for (const text of ['"'.repeat(1900), 'a '.repeat(900), '('.repeat(1900), 'a'.repeat(1900)]) {
      expect(parseFrom(`${text}<`)).toBeUndefined();
      expect(parseFrom(`${text}>`)).toBeUndefined();
    }
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

test.each([
  ['a@chat.example', true],
  ['', false],
  ['a', false],
  ['a@b c', false],
  ['a@b>', false],
])('%j is an address: %j', (text, isAddress) => {
  expect(parseAddress(text) !== undefined).toBe(isAddress);
});

test.each([
  ['[192.0.2.1]', true],
  ['192.0.2.1', true],
  ['[ipv6:2001:db8::1]', true],
  ['[2001:db8::1]', true],
  ['chat.example', false],
  ['[chat.example]', false],
  ['1.2.3.4.example', false],
  ['[1.2.3]', false],
])('%s is an IP literal: %j', (domain, expected) => {
  expect(isIpLiteral(domain)).toBe(expected);
});
