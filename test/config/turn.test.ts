import { describe, expect, it } from 'vitest';
import { offersTurn, parsePortRange, portCount } from '../../src/config/turn.ts';

describe('parsePortRange', () => {
  it.each([
    ['49152-49663', { first: 49152, last: 49663 }],
    [' 50000 - 50015 ', { first: 50000, last: 50015 }],
    ['1024-3477', { first: 1024, last: 3477 }],
  ])('reads %j', (text, range) => {
    expect(parsePortRange(text)).toEqual(range);
  });

  it.each([
    '',
    '5',
    '50000',
    '50000-50014',
    '50015-50000',
    '1000-2000',
    '60000-65536',
    '3000-4000',
    'a-b',
    '1-2-3',
    '-5000-6000',
  ])('refuses %j', (text) => {
    expect(parsePortRange(text)).toBeUndefined();
  });

  it('counts both ends', () => {
    expect(portCount({ first: 50000, last: 50015 })).toBe(16);
  });
});

describe('offersTurn', () => {
  it('is the choice of the operator, but for IPv6 addresses', () => {
    expect(offersTurn({ turn: true, mail_domain: 'chat.test' })).toBe(true);
    expect(offersTurn({ turn: true, mail_domain: '192.0.2.7' })).toBe(true);
    expect(offersTurn({ turn: false, mail_domain: 'chat.test' })).toBe(false);
    expect(offersTurn({ turn: true, mail_domain: '2001:db8::7' })).toBe(false);
  });
});
