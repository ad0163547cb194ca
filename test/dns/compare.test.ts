/** What is in the zone, and what a check makes of it: existing records, expected findings. */
import { describe, expect, test } from 'vitest';
import { relayChecks } from '../../src/dns/checks/index.ts';
import type { Difference } from '../../src/dns/finding.ts';
import type { ResourceRecord } from '../../src/dns/message.ts';
import { createView } from '../../src/dns/view.ts';
import type { ZoneRecord } from './fake-dns.ts';
import { ADDRESS, DOMAIN, FACTS, healthyZone, PUBLIC_KEY, withRecords } from './world.ts';

const DKIM = `opendkim._domainkey.${DOMAIN}`;

/** The differences that all checks together find in a zone. */
const differencesIn = (zone: readonly ZoneRecord[], facts = FACTS): Difference[] => {
  const answers = zone.map((record): ResourceRecord => ({ ttl: 300, ...record }));
  const message = {
    rcode: 'NOERROR',
    authoritative: true,
    truncated: false,
    answers,
    authorities: [],
    additionals: [],
  };
  const question = { name: 'all.example', type: 'TXT' } as const;
  const view = createView('ns', [{ question, reply: { kind: 'message', message } }], true);
  return relayChecks(facts).flatMap((check) => {
    const verdict = check.judge(view.lookup);
    return verdict.kind === 'differs' ? [verdict] : [];
  });
};

const txt = (text: string) => ({ type: 'TXT', text }) as const;
const mx = (preference: number, exchange: string) =>
  ({ type: 'MX', preference, exchange }) as const;
const caa = (value: string, tag = 'issue', flags = 0) =>
  ({ type: 'CAA', flags, tag, value }) as const;
const a = (address: string) => ({ type: 'A', address }) as const;

type Existing = [title: string, name: string, type: string, existing: ZoneRecord['data'][]];

test('nothing is wrong with the zone that is printed', () => {
  expect(differencesIn(healthyZone())).toEqual([]);
});

describe('means the same', () => {
  const key = (text: string): ZoneRecord['data'][] => [txt(text)];
  const cases: Existing[] = [
    ['DKIM tags in another order', DKIM, 'TXT', key(`k=rsa; p=${PUBLIC_KEY}`)],
    [
      'DKIM with white space in the key',
      DKIM,
      'TXT',
      key(`v=DKIM1; p=${PUBLIC_KEY.slice(0, 50)} ${PUBLIC_KEY.slice(50)};`),
    ],
    [
      'DKIM for all services and with a note',
      DKIM,
      'TXT',
      key(`v=DKIM1;s=*;n=by%20hand;h=sha1:sha256;p=${PUBLIC_KEY}`),
    ],
    ['another preference', DOMAIN, 'MX', [mx(0, DOMAIN)]],
    ['SPF by address', DOMAIN, 'TXT', [txt(`v=spf1 ip4:${ADDRESS}/24 ip6:2001:db8::/32 -all`)]],
    ['SPF by MX', DOMAIN, 'TXT', [txt('v=spf1 mx -all')]],
    ['SPF with others in it', DOMAIN, 'TXT', [txt('v=spf1 include:_spf.example.org a -all')]],
    ['SPF that permits all', DOMAIN, 'TXT', [txt('V=SPF1 +all')]],
    [
      'other TXT records beside SPF',
      DOMAIN,
      'TXT',
      [txt('v=spf1 a ~all'), txt('some-verification=1')],
    ],
    [
      'DMARC with reports',
      `_dmarc.${DOMAIN}`,
      'TXT',
      [txt('v=DMARC1; aspf=s; adkim=s; rua=mailto:x@example.org; p=Reject')],
    ],
    ['another id of MTA-STS', `_mta-sts.${DOMAIN}`, 'TXT', [txt('v=STSv1;id=20260101T000000;')]],
    ['MTA-STS at the same address', `mta-sts.${DOMAIN}`, 'CNAME', [a(ADDRESS)]],
    ['CAA for any account', DOMAIN, 'CAA', [caa('LetsEncrypt.org')]],
    [
      'CAA for two authorities',
      DOMAIN,
      'CAA',
      [caa('other.example'), caa('letsencrypt.org; validationmethods=http-01,dns-01')],
    ],
    ['CAA about wildcards only', DOMAIN, 'CAA', [caa(';', 'issuewild')]],
    [
      'another spelling of an address',
      DOMAIN,
      'AAAA',
      [{ type: 'AAAA', address: '2001:0DB8:0:0::10' }],
    ],
    [
      'another weight of a service',
      `_imaps._tcp.${DOMAIN}`,
      'SRV',
      [{ type: 'SRV', priority: 10, weight: 9, port: 993, target: DOMAIN }],
    ],
  ];
  test.each(cases)('%s', (_, name, type, existing) => {
    expect(differencesIn(withRecords(healthyZone(), name, type, existing))).toEqual([]);
  });
});

describe('differs', () => {
  type Expected = [...Existing, level: string, impact: string, what: RegExp];
  const required = (impact: string, what: RegExp) => ['required', impact, what] as const;
  const recommended = (what: RegExp) => ['recommended', 'never', what] as const;
  const cases: Expected[] = [
    ['no address', DOMAIN, 'A', [], ...required('now', /no A record/)],
    ['another address', DOMAIN, 'A', [a('192.0.2.99')], ...required('now', /192\.0\.2\.99/)],
    [
      'one address too many',
      DOMAIN,
      'A',
      [a(ADDRESS), a('192.0.2.99')],
      ...required('now', /192\.0\.2\.99/),
    ],
    ['no IPv6 address', DOMAIN, 'AAAA', [], ...recommended(/no AAAA record/)],
    ['no MX', DOMAIN, 'MX', [], ...required('later', /no MX record/)],
    [
      'MX elsewhere',
      DOMAIN,
      'MX',
      [mx(10, 'mail.example.org')],
      ...required('now', /goes to mail\.example\.org instead/),
    ],
    [
      'MX elsewhere, too',
      DOMAIN,
      'MX',
      [mx(10, DOMAIN), mx(10, 'b.example')],
      ...required('now', /also goes to b\.example/),
    ],
    [
      'a backup MX',
      DOMAIN,
      'MX',
      [mx(10, DOMAIN), mx(20, 'b.example')],
      ...required('later', /while the relay is away/),
    ],
    ['null MX', DOMAIN, 'MX', [mx(0, '')], ...required('now', /takes no mail/)],
    ['no DKIM key', DKIM, 'TXT', [], ...required('now', /no TXT record/)],
    [
      'another DKIM key',
      DKIM,
      'TXT',
      [txt(`v=DKIM1;p=${'x'.repeat(392)}`)],
      ...required('now', /another key/),
    ],
    [
      'a DKIM key cut off',
      DKIM,
      'TXT',
      [txt(`v=DKIM1;p=${PUBLIC_KEY.slice(0, 255)}`)],
      ...required('now', /another key/),
    ],
    [
      'two DKIM keys',
      DKIM,
      'TXT',
      [txt(`p=${PUBLIC_KEY}`), txt('p=AAAA')],
      ...required('now', /2 TXT records/),
    ],
    ['a revoked DKIM key', DKIM, 'TXT', [txt('v=DKIM1;p=')], ...required('now', /revoked/)],
    [
      'DKIM for something else',
      DKIM,
      'TXT',
      [txt(`s=other;p=${PUBLIC_KEY}`)],
      ...required('now', /s= does not allow/),
    ],
    [
      'DKIM with an old hash',
      DKIM,
      'TXT',
      [txt(`h=sha1;p=${PUBLIC_KEY}`)],
      ...required('now', /h= does not allow/),
    ],
    [
      'DKIM with quotes in it',
      DKIM,
      'TXT',
      [txt(`"v=DKIM1;k=rsa;p=${PUBLIC_KEY}"`)],
      ...required('now', /not a DKIM key/),
    ],
    [
      'DKIM in test mode',
      DKIM,
      'TXT',
      [txt(`t=y;p=${PUBLIC_KEY}`)],
      'recommended',
      'later',
      /only being tested/,
    ],
    ['no SPF', DOMAIN, 'TXT', [txt('other')], ...recommended(/no TXT \(SPF\)/)],
    [
      'two SPF',
      DOMAIN,
      'TXT',
      [txt('v=spf1 a -all'), txt('v=spf1 mx -all')],
      ...recommended(/2 SPF records/),
    ],
    ['SPF that forbids', DOMAIN, 'TXT', [txt('v=spf1 -all')], ...recommended(/does not permit/)],
    [
      'SPF for IPv4 only',
      DOMAIN,
      'TXT',
      [txt(`v=spf1 ip4:${ADDRESS} -all`)],
      ...recommended(/does not permit/),
    ],
    [
      'SPF with a mistake',
      DOMAIN,
      'TXT',
      [txt('v=spf1 a ipv4:192.0.2.1 ~all')],
      ...recommended(/a mistake/),
    ],
    ['weak DMARC', `_dmarc.${DOMAIN}`, 'TXT', [txt('v=DMARC1;p=none')], ...recommended(/p=none/)],
    [
      'relaxed DMARC',
      `_dmarc.${DOMAIN}`,
      'TXT',
      [txt('v=DMARC1;p=reject')],
      ...recommended(/subdomains/),
    ],
    [
      'MTA-STS without id',
      `_mta-sts.${DOMAIN}`,
      'TXT',
      [txt('v=STSv1')],
      ...required('later', /id=/),
    ],
    [
      'two MTA-STS',
      `_mta-sts.${DOMAIN}`,
      'TXT',
      [txt('v=STSv1;id=1'), txt('v=STSv1;id=2')],
      ...required('later', /2 MTA-STS/),
    ],
    ['no name for MTA-STS', `mta-sts.${DOMAIN}`, 'CNAME', [], ...required('later', /no CNAME/)],
    [
      'web pages elsewhere',
      `www.${DOMAIN}`,
      'CNAME',
      [a('192.0.2.99')],
      ...required('later', /another place/),
    ],
    [
      'CAA for another',
      DOMAIN,
      'CAA',
      [caa('other.example')],
      ...required('later', /forbids letsencrypt/),
    ],
    ['CAA for nobody', DOMAIN, 'CAA', [caa(';')], ...required('later', /forbids/)],
    [
      'CAA for another account',
      DOMAIN,
      'CAA',
      [caa('letsencrypt.org;accounturi=https://acme.example/acct/2')],
      ...required('later', /forbids/),
    ],
    [
      'CAA with an unknown critical tag',
      DOMAIN,
      'CAA',
      [caa('letsencrypt.org'), caa('x', 'tbs', 128)],
      ...required('later', /forbids/),
    ],
    ['no CAA', DOMAIN, 'CAA', [], ...recommended(/no CAA/)],
    [
      'a service elsewhere',
      `_imap._tcp.${DOMAIN}`,
      'SRV',
      [{ type: 'SRV', priority: 0, weight: 0, port: 143, target: 'imap.example' }],
      ...recommended(/elsewhere/),
    ],
  ];
  test.each(cases)('%s', (_, name, type, existing, level, impact, what) => {
    const [first, ...more] = differencesIn(withRecords(healthyZone(), name, type, existing));
    expect(first).toMatchObject({ level, impact, what: expect.stringMatching(what) });
    expect(more).toEqual([]);
  });

  test('CAA of the domain above counts when there is none', () => {
    const zone = withRecords(healthyZone(), DOMAIN, 'CAA', []);
    const facts = { ...FACTS, domain: DOMAIN };
    const above = [...zone, { name: 'example', data: caa(';') }];
    // A top-level domain has no say, a registered one does.
    expect(differencesIn(above, facts)[0]?.what).toMatch(/no CAA/);
  });

  test('a CNAME in the place of the domain is named once, and nothing else', () => {
    const others = healthyZone().filter(({ name }) => name !== DOMAIN);
    const zone: ZoneRecord[] = [
      ...others,
      { name: DOMAIN, data: { type: 'CNAME', target: 'host.example.org' } },
      { name: 'host.example.org', data: a(ADDRESS) },
    ];
    const found = differencesIn(zone);
    expect(found[0]).toMatchObject({ level: 'required', impact: 'now' });
    expect(found[0]?.what).toMatch(/is a CNAME for host\.example\.org/);
    expect(found).toHaveLength(1);
  });

  test('CNAMEs that lead in a circle', () => {
    const name = `_dmarc.${DOMAIN}`;
    const zone: ZoneRecord[] = [
      ...withRecords(healthyZone(), name, 'TXT', [{ type: 'CNAME', target: 'a.example' }]),
      { name: 'a.example', data: { type: 'CNAME', target: 'b.example' } },
      { name: 'b.example', data: { type: 'CNAME', target: 'a.example' } },
    ];
    const [found] = differencesIn(zone);
    expect(found?.what).toContain(`${name} -> a.example -> b.example -> a.example`);
  });
});

describe('a relay with a self-signed certificate', () => {
  const { mtaStsId: _id, authority: _authority, ...rest } = FACTS;
  const facts = { ...rest, domain: DOMAIN };

  test('wants no MTA-STS and no CAA', () => {
    const names = healthyZone(facts).map(({ name, data }) => `${name} ${data.type}`);
    expect(names).not.toContain(`_mta-sts.${DOMAIN} TXT`);
    expect(names).not.toContain(`${DOMAIN} CAA`);
    expect(differencesIn(healthyZone(facts), facts)).toEqual([]);
  });

  test('is told about an MTA-STS record', () => {
    expect(differencesIn(healthyZone(), facts)).toMatchObject([{ level: 'info' }]);
  });
});

describe('what is not known', () => {
  test('any address will do', () => {
    const facts = { ...FACTS, addresses: { v4: undefined, v6: undefined } };
    expect(differencesIn(healthyZone(), facts)).toEqual([]);
    const none = withRecords(withRecords(healthyZone(), DOMAIN, 'A', []), DOMAIN, 'AAAA', []);
    expect(differencesIn(none, facts)).toMatchObject([{ level: 'required', impact: 'now' }]);
  });

  test('any DKIM key will do, but not a broken one', () => {
    const facts = { ...FACTS, dkim: undefined };
    expect(differencesIn(healthyZone(), facts)).toEqual([]);
    const broken = withRecords(healthyZone(), DKIM, 'TXT', [txt('v=DKIM1;p=')]);
    expect(differencesIn(broken, facts)).toMatchObject([{ level: 'required' }]);
  });

  test('a host without IPv6 must not be announced with it', () => {
    const facts = { ...FACTS, addresses: { v4: [ADDRESS], v6: [] } };
    expect(differencesIn(healthyZone(), facts)[0]?.what).toMatch(/not an IPv6 address/);
  });
});
