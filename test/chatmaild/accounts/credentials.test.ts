import { describe, expect, it } from 'vitest';
import { ownAddress, ruleAgainst } from '../../../src/chatmaild/accounts/address.ts';
import { dcloginUrl, inventCredentials } from '../../../src/chatmaild/accounts/credentials.ts';

const rules = (min: number, max: number, password = 9) => ({
  mail_domain: '_a.test',
  username_min_length: min,
  username_max_length: max,
  password_min_length: password,
});

describe('inventCredentials', () => {
  it.each([
    ['the defaults', rules(9, 9), 9, 20],
    ['room', rules(3, 40), 12, 20],
    ['long ones only', rules(30, 40, 30), 30, 30],
    ['short ones only', rules(1, 4), 4, 20],
  ])('keeps to the rules: %s', (_what, given, nameLength, passwordLength) => {
    const { email, password } = inventCredentials(given);
    expect(email).toMatch(new RegExp(`^[a-hjkmnp-z2-9]{${nameLength}}@_a\\.test$`));
    expect(password).toHaveLength(passwordLength);
    expect(ownAddress(email, '_a.test')).toBe(email);
    expect(ruleAgainst(email, password, given)).toBeUndefined();
  });

  it('never repeats itself', () => {
    const names = Array.from({ length: 100 }, () => inventCredentials(rules(9, 9)).email);
    expect(new Set(names).size).toBe(100);
  });
});

describe('dcloginUrl', () => {
  it.each([
    ['abc@_a.test', 'secret', 'dclogin:abc@_a.test?p=secret&v=1&ic=3'],
    ['abc@_a.test', 'a&b=c#%+ ?', 'dclogin:abc@_a.test?p=a%26b%3Dc%23%25%2B%20%3F&v=1&ic=3'],
    ['a@[192.0.2.1]', 'x', 'dclogin:a@%5B192.0.2.1%5D?p=x&v=1&ih=192.0.2.1&sh=192.0.2.1&ic=3'],
  ])('%s', (email, password, expected) => {
    expect(dcloginUrl({ email, password })).toBe(expected);
  });
});
