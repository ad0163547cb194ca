import { describe, expect, it } from 'vitest';
import {
  canonicalDomain,
  domainInAddress,
  domainInUrl,
  domainProblem,
  hostNameOf,
  isAddressRelay,
  isSelfSignedDomain,
} from '../../src/config/domain.ts';

describe('canonicalDomain', () => {
  it.each([
    ['Chat.Example.ORG', 'chat.example.org'],
    ['192.0.2.7', '192.0.2.7'],
    ['[192.0.2.7]', '192.0.2.7'],
    ['2001:DB8:0:0::7', '2001:db8::7'],
    ['[2001:db8::7]', '2001:db8::7'],
    ['[IPv6:2001:db8::7]', '2001:db8::7'],
    ['[192.0.2.300]', '[192.0.2.300]'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
  ])('%s', (text, expected) => {
    expect(canonicalDomain(text)).toBe(expected);
  });
});

it.each(['192.0.2.7', '2001:db8::7', '_a.test', 'a.test'])('%s may be a relay', (domain) => {
  expect(domainProblem(domain)).toBeUndefined();
});

it('knows for which relays nobody issues certificates', () => {
  expect(['_a.test', '192.0.2.7', '::7', 'a.test'].map(isSelfSignedDomain)).toEqual([
    true,
    true,
    true,
    false,
  ]);
});

it('writes a domain as addresses, URLs and daemons want it', () => {
  expect(domainInAddress('a.test')).toBe('a.test');
  expect(domainInAddress('192.0.2.7')).toBe('[192.0.2.7]');
  expect(domainInAddress('2001:db8::7')).toBe('[ipv6:2001:db8::7]');
  expect(domainInUrl('192.0.2.7')).toBe('192.0.2.7');
  expect(domainInUrl('2001:db8::7')).toBe('[2001:db8::7]');
  expect(hostNameOf('a.test')).toBe('a.test');
  expect(hostNameOf('192.0.2.7')).toBe('ip-192-0-2-7.invalid');
});

it.each(['2001:db8::', '::1'])('makes a host name of %s that is one', (address) => {
  expect(isAddressRelay(address)).toBe(true);
  expect(hostNameOf(address)).toMatch(/^ip-[0-9a-f-]*[0-9a-f]\.invalid$/);
});
