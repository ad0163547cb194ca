import { expect, it } from 'vitest';
import { findExchangers } from '../../../src/chatmaild/mxsend/exchangers.ts';

it.each([
  ['[192.0.2.1]', '192.0.2.1'],
  ['[IPv6:2001:db8::1]', '2001:db8::1'],
])('takes the address in %s, with any certificate', async (domain, host) => {
  expect(await findExchangers(domain)).toEqual([{ host, verified: false }]);
});

it.each(['[127.0.0.2]', '[0.0.0.0]', '[169.254.1.1]', '[ipv6:::1]', '[ipv6:::]', '[ipv6:fe80::1]'])(
  'is not led to this host by %s',
  async (domain) => {
    expect(await findExchangers(domain)).toEqual([]);
  },
);

it('takes nothing for an address that is none', async () => {
  expect(await findExchangers('[1.2.3]')).toEqual([]);
});
