import { describe, expect, test } from 'vitest';
import { configSchema } from '../../src/config/schema.ts';
import { parseHostDns } from '../../src/dns/host.ts';
import { canonicalAddress, reverseName } from '../../src/dns/ip.ts';
import { presentation } from '../../src/dns/records.ts';
import { hasZone, relayFacts } from '../../src/dns/relay-facts.ts';
import { relayRecords } from '../../src/dns/relay-records.ts';
import { parseServer } from '../../src/dns/resolvers.ts';
import { characterStrings, zoneFile } from '../../src/dns/zone-file.ts';
import { FACTS, PUBLIC_KEY } from './world.ts';

const KEY_LINE = `dkim current opendkim 0 ${PUBLIC_KEY}`;
const NOTHING = {
  dkim: undefined,
  next: undefined,
  retired: [],
  interrupted: false,
  account: undefined,
  addresses: [],
};

test('the records of a relay', () => {
  const lines = relayRecords(FACTS).map(
    ({ level, name, data }) => `${level} ${name} ${data.type} ${presentation(data)}`,
  );
  expect(lines).toEqual([
    'required chat.example A 192.0.2.10',
    'recommended chat.example AAAA 2001:db8::10',
    'required chat.example MX 10 chat.example',
    `required opendkim._domainkey.chat.example TXT v=DKIM1;k=rsa;p=${PUBLIC_KEY};s=email;t=s`,
    'required www.chat.example CNAME chat.example',
    'required mta-sts.chat.example CNAME chat.example',
    'required _mta-sts.chat.example TXT v=STSv1; id=0123456789abcdef0123',
    'recommended chat.example CAA 0 issue "letsencrypt.org;accounturi=https://acme.example/acct/1"',
    'recommended chat.example TXT v=spf1 a ~all',
    'recommended _dmarc.chat.example TXT v=DMARC1;p=reject;adkim=s;aspf=s',
    'recommended _adsp._domainkey.chat.example TXT dkim=discardable',
    'recommended _submission._tcp.chat.example SRV 0 1 587 chat.example',
    'recommended _submissions._tcp.chat.example SRV 0 1 465 chat.example',
    'recommended _imap._tcp.chat.example SRV 0 1 143 chat.example',
    'recommended _imaps._tcp.chat.example SRV 0 1 993 chat.example',
  ]);
});

test('the zone file has absolute names, and texts in quoted strings of at most 255 bytes', () => {
  const text = zoneFile('chat.example', relayRecords(FACTS));
  expect(text).toContain('\nchat.example. IN MX 10 chat.example.\n');
  expect(text).toContain(
    '\nchat.example. IN CAA 0 issue "letsencrypt.org;accounturi=https://acme.example/acct/1"\n',
  );
  const strings = /opendkim\._domainkey\.chat\.example\. IN TXT (.*)/.exec(text)?.[1]?.split(' ');
  expect(strings).toHaveLength(2);
  expect(strings?.every((part) => part.length <= 257)).toBe(true);
  expect(characterStrings('a"b\\c')).toBe('"a\\"b\\\\c"');
});

describe('what the host says', () => {
  test('its key and public addresses', () => {
    const text = `${KEY_LINE}\naddress 192.0.2.10\naddress 10.0.0.5\naddress 2001:db8::10\naddress fd00::1\n`;
    expect(parseHostDns(text)).toEqual({
      ...NOTHING,
      dkim: { selector: 'opendkim', publicKey: PUBLIC_KEY },
      addresses: ['192.0.2.10', '2001:db8::10'],
    });
  });

  test('which keys sign, will sign and have signed, and for how long not any more', () => {
    const text = `${KEY_LINE}
dkim next cm20261122 0 ${PUBLIC_KEY}
dkim retired cm20260101 1000 ${PUBLIC_KEY}
account https://ca.example/acct/1
now 1600
`;
    expect(parseHostDns(text)).toMatchObject({
      dkim: { selector: 'opendkim' },
      next: { selector: 'cm20261122' },
      retired: [{ selector: 'cm20260101', age: 600 }],
      interrupted: false,
      account: 'https://ca.example/acct/1',
    });
  });

  test('that a rotation died after the new key had begun to sign', () => {
    const text = `${KEY_LINE}\ndkim next opendkim 0 ${PUBLIC_KEY}\nnow 1\n`;
    expect(parseHostDns(text)).toMatchObject({ next: undefined, interrupted: true });
  });

  test.each([
    ['nothing', ''],
    ['no key in it', 'dkim current opendkim 0 \n'],
    ['something else in it', `dkim current opendkim;reboot 0 ${PUBLIC_KEY}`],
    ['a path for a selector', `dkim current ../x 0 ${PUBLIC_KEY}`],
    ['an account with control characters', 'account https://ca.example/\u001b[2J'],
    ['noise', 'address ; rm\ndkim\naddress\n\u0000'],
  ])('is not believed: %s', (_, text) => {
    expect(parseHostDns(text)).toEqual(NOTHING);
  });
});

describe('addresses', () => {
  const config = configSchema.parse({ mail_domain: 'chat.example' });
  const host = (...addresses: string[]) => ({ ...NOTHING, addresses });

  test.each([
    ['of the host', host('192.0.2.1', '2001:db8::1'), [], ['192.0.2.1'], ['2001:db8::1']],
    ['of a host without IPv6', host('192.0.2.1'), [], ['192.0.2.1'], []],
    ['in front of a host behind NAT', host(), ['192.0.2.7'], ['192.0.2.7'], undefined],
    ['of a host that cannot be asked', undefined, ['192.0.2.7'], ['192.0.2.7'], undefined],
    ['that nobody knows', undefined, [], undefined, undefined],
  ])('%s', (_, own, reached, v4, v6) => {
    expect(relayFacts(config, own, reached).addresses).toEqual({ v4, v6 });
  });

  test('none of IPv6 when it is switched off', () => {
    const without = configSchema.parse({ mail_domain: 'chat.example', disable_ipv6: 'true' });
    expect(relayFacts(without, host('192.0.2.1', '2001:db8::1'), []).addresses.v6).toEqual([]);
  });
});

test('the id of the MTA-STS policy depends on the policy only', () => {
  const id = (domain: string) =>
    relayFacts(configSchema.parse({ mail_domain: domain }), undefined, []).mtaStsId;
  expect(id('chat.example')).toMatch(/^[a-z0-9]{1,32}$/);
  expect(id('chat.example')).toBe(id('chat.example'));
  expect(id('chat.example')).not.toBe(id('other.example'));
  expect(id('_chat.example')).toBeUndefined();
});

test('a relay at an address has no zone', () => {
  const config = configSchema.parse({ mail_domain: 'chat.example' });
  expect(hasZone(config)).toBe(true);
  expect(hasZone({ ...config, mail_domain: '192.0.2.1' })).toBe(false);
  expect(hasZone({ ...config, mail_domain: '[2001:db8::1]' })).toBe(false);
});

test.each([
  ['192.0.2.1', '1.2.0.192.in-addr.arpa'],
  ['2001:db8::1', `1.${'0.'.repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa`],
  ['::ffff:192.0.2.1', `1.0.2.0.0.0.0.c.f.f.f.f.${'0.'.repeat(20)}ip6.arpa`],
])('reverse name of %s', (address, name) => {
  expect(reverseName(address)).toBe(name);
});

test('one spelling for an address', () => {
  expect(canonicalAddress('2001:0DB8:0:0:0:0:0:1')).toBe('2001:db8::1');
});

test.each([
  ['192.0.2.1', { address: '192.0.2.1', port: 53 }],
  ['2001:db8::1', { address: '2001:db8::1', port: 53 }],
  ['192.0.2.1:5353', { address: '192.0.2.1', port: 5353 }],
  ['[2001:db8::1]:5353', { address: '2001:db8::1', port: 5353 }],
  ['127.0.0.1#5335', { address: '127.0.0.1', port: 5335 }],
  ['dns.example', undefined],
  ['192.0.2.1:0', undefined],
  ['192.0.2.1:99999', undefined],
  ['', undefined],
])('server %s', (text, server) => {
  expect(parseServer(text)).toEqual(server);
});

test.each([
  ['https://acme-v02.api.letsencrypt.org/directory', 'letsencrypt.org'],
  ['https://dv.acme-v02.api.pki.goog/directory', 'pki.goog'],
  ['https://ca.example/directory', undefined],
])('the authority at %s is %s', (url, issuer) => {
  const config = configSchema.parse({ mail_domain: 'chat.example', acme_directory_url: url });
  const facts = relayFacts(config, { ...NOTHING, account: 'https://ca.example/1' }, []);
  expect(facts.authority).toEqual({ issuer, accountUri: 'https://ca.example/1' });
  const caa = relayRecords(facts).find(({ data }) => data.type === 'CAA');
  expect(caa === undefined).toBe(issuer === undefined);
});
