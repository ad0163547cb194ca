import { describe, expect, it } from 'vitest';
import { ownAddress, ruleAgainst } from '../../../src/chatmaild/accounts/address.ts';

const DOMAIN = 'chat.example.org';

describe('ownAddress', () => {
  it.each([
    ['abcdefgh1@chat.example.org', 'abcdefgh1@chat.example.org'],
    ['ABCdefgh1@Chat.Example.ORG', 'abcdefgh1@chat.example.org'],
    ['a.b_c-d@chat.example.org', 'a.b_c-d@chat.example.org'],
    ['..@chat.example.org', '..@chat.example.org'],
  ])('%s', (text, expected) => {
    expect(ownAddress(text, DOMAIN)).toBe(expected);
  });

  it('knows the literals of a relay without a domain', () => {
    expect(ownAddress('A1@[192.0.2.7]', '192.0.2.7')).toBe('a1@[192.0.2.7]');
    expect(ownAddress('a1@[IPv6:2001:db8::7]', '2001:db8::7')).toBe('a1@[ipv6:2001:db8::7]');
    expect(ownAddress('a1@192.0.2.7', '192.0.2.7')).toBeUndefined();
    expect(ownAddress('a1@[192.0.2.8]', '192.0.2.7')).toBeUndefined();
    expect(ownAddress('a1@[../../x]', '192.0.2.7')).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['no domain', 'abcdefgh1'],
    ['no user name', '@chat.example.org'],
    ['another domain', 'abcdefgh1@example.org'],
    ['a subdomain', 'abcdefgh1@x.chat.example.org'],
    ['two @', 'a@b@chat.example.org'],
    ['a path', '../../etc/passwd@chat.example.org'],
    ['a path behind the @', 'abc@chat.example.org/../x'],
    ['NUL', 'abc\0@chat.example.org'],
    ['a line break', 'abc\n@chat.example.org'],
    ['a line break at the end', 'abc@chat.example.org\n'],
    ['a subaddress', 'abc+x@chat.example.org'],
    ['quoting', '"abc"@chat.example.org'],
    ['letters outside ASCII', 'äbc@chat.example.org'],
    ['a letter that is ASCII in lower case', '\u212Aelvin@chat.example.org'],
    ['an endless name', `${'a'.repeat(65)}@chat.example.org`],
  ])('refuses %s', (_what, text) => {
    expect(ownAddress(text, DOMAIN)).toBeUndefined();
  });
});

describe('ruleAgainst', () => {
  const rules = {
    mail_domain: DOMAIN,
    username_min_length: 3,
    username_max_length: 9,
    password_min_length: 9,
  };
  it.each([
    ['abcdefgh1', 'secret123', undefined],
    ['abc', 'x'.repeat(250), undefined],
    ['a.b-c_d', 'p\u00e4ssword1', undefined],
    ['ab', 'secret123', 'length of the user name'],
    ['abcdefghij', 'secret123', 'length of the user name'],
    ['.abcd', 'secret123', 'form of the user name'],
    ['abcd.', 'secret123', 'form of the user name'],
    ['ab..cd', 'secret123', 'form of the user name'],
    ['-abcd', 'secret123', 'form of the user name'],
    ['webmaster', 'secret123', 'a role name'],
    ['abcd', 'secret12', 'password too short'],
    ['abcd', '', 'password too short'],
    ['abcd', 'x'.repeat(251), 'password too long'],
    ['abcd', 'secret123\n', 'control characters in the password'],
    ['abcd', 'secret12\u0000', 'control characters in the password'],
  ])('%s with %j: %s', (name, password, expected) => {
    expect(ruleAgainst(`${name}@${DOMAIN}`, password, rules)).toBe(expected);
  });
});
