/** Servers that fail in every way that DNS knows: each a finding in words, none a hang or a crash. */
import * as dnsPacket from 'dns-packet';
import { describe, expect, test } from 'vitest';
import type { Report } from '../../src/dns/report.ts';
import { type Behaviour, RCODE, reply, serving, toPacket, type ZoneRecord } from './fake-dns.ts';
import {
  ADDRESS,
  checkIn,
  DELEGATION,
  DOMAIN,
  FACTS,
  grave,
  healthyZone,
  NS1,
  NS2,
  TOP,
  withRecords,
  worldOf,
} from './world.ts';

const zone = healthyZone();
const healthy = worldOf(zone);
const complaining =
  (rcode: number): Behaviour =>
  (query) => [reply(query, { rcode })];
const codes = (report: Report): string[] => grave(report).map(({ code }) => code);
const REVERSE: ZoneRecord = {
  name: '10.2.0.192.in-addr.arpa',
  data: { type: 'PTR', target: DOMAIN },
};

test('a healthy zone is fine, on all of its servers', async () => {
  const report = await checkIn(worldOf([...zone, REVERSE]));
  expect(grave(report)).toEqual([]);
  expect(report.worst).toBeUndefined();
  expect(report.visible).toBe(true);
  expect(report.zone).toBe(DOMAIN);
  expect(report.servers).toEqual([`ns1.${DOMAIN} (${NS1})`, `ns2.${DOMAIN} (${NS2})`]);
  expect(report.records.map(({ state }) => state)).toEqual(report.records.map(() => 'fine'));
  expect(report.findings.map(({ what }) => what)).toContain(
    `${ADDRESS} has the reverse name ${DOMAIN}`,
  );
});

describe('one server fails', () => {
  const cases: [string, Behaviour, RegExp][] = [
    ['it is silent', () => [], /ns2.* does not answer/],
    ['REFUSED', complaining(RCODE.REFUSED), /ns2.* answers REFUSED/],
    ['SERVFAIL', complaining(RCODE.SERVFAIL), /ns2.* answers SERVFAIL/],
    ['it does not know the zone', serving(zone, false), /ns2.* does not serve the zone/],
    ['noise', () => [Buffer.from('no DNS')], /ns2.* does not answer/],
    ['a header and then noise', (query) => [cutOff(query.bytes)], /ns2.* is not DNS/],
  ];
  test.each(cases)('%s', async (_, ns2, what) => {
    const report = await checkIn({ ...healthy, ns2 });
    expect(grave(report)).toMatchObject([
      { code: 'lame-server', level: 'recommended', impact: 'later' },
    ]);
    expect(grave(report)[0]?.what).toMatch(what);
    expect(report.visible).toBe(true);
  });
});

/** A response to the query that claims records which are not there. */
const cutOff = (query: Buffer): Buffer => {
  const bytes = Buffer.from(query.subarray(0, query.length - 11));
  bytes.writeUInt8(0x84, 2);
  bytes.writeUInt16BE(7, 6);
  bytes.writeUInt16BE(0, 10);
  return bytes;
};

test('all servers fail', async () => {
  const servfail = complaining(RCODE.SERVFAIL);
  const resolver: Behaviour = (query) =>
    query.type === 'NS' || query.name.startsWith('ns') ? healthy.resolver(query) : servfail(query);
  const report = await checkIn({ ns1: servfail, ns2: servfail, resolver });
  expect(codes(report)).toEqual(['lame-server', 'lame-server']);
  expect(report.worst).toBe('required');
  expect(report.visible).toBe(false);
});

test('only the resolver may be asked from here', async () => {
  const silent: Behaviour = () => [];
  const report = await checkIn({ ...healthy, ns1: silent, ns2: silent });
  expect(grave(report)).toEqual([]);
  expect(report.visible).toBe(true);
  expect(report.findings.map(({ code }) => code)).toContain('silent-server');
});

test('no resolver at all', async () => {
  const report = await checkIn({ ...healthy, resolver: () => [] }, FACTS, 1000);
  expect(codes(report)).toEqual(['no-resolver']);
});

test('a domain that does not exist', async () => {
  const report = await checkIn(worldOf([]));
  expect(codes(report)).toContain('no-zone');
  expect(report.worst).toBe('required');
});

test('servers disagree about a record, and about the version of the zone', async () => {
  const other = withRecords(zone, DOMAIN, 'A', [{ type: 'A', address: '192.0.2.99' }]);
  const newer = withRecords(other, DOMAIN, 'SOA', [
    { type: 'SOA', primary: `ns1.${DOMAIN}`, serial: 2 },
  ]);
  const report = await checkIn({ ...healthy, ns2: serving(newer) });
  const [finding] = grave(report);
  expect(finding).toMatchObject({
    code: 'servers-disagree',
    level: 'required',
    there: ['192.0.2.99'],
    servers: [`ns2.${DOMAIN} (${NS2})`],
  });
  expect(report.findings.map(({ code }) => code)).toContain('serials-differ');
});

test('a resolver that remembers', async () => {
  const dkim = `opendkim._domainkey.${DOMAIN}`;
  const old = withRecords(zone, dkim, 'TXT', [{ type: 'TXT', text: 'v=DKIM1;p=AAAA' }]);
  const report = await checkIn({ ...healthy, resolver: serving(old, false) });
  expect(grave(report)).toEqual([]);
  expect(report.visible).toBe(false);
  expect(report.records.find(({ record }) => record.name === dkim)?.state).toBe('spreading');
  expect(report.findings.find(({ code }) => code === 'spreading')?.what).toMatch(
    /still remembers .* up to 300 s/,
  );
});

test('DNSSEC validation that fails is named as such', async () => {
  const resolver: Behaviour = (query) =>
    query.unvalidated ? healthy.resolver(query) : [reply(query, { rcode: RCODE.SERVFAIL })];
  const report = await checkIn({ ...healthy, resolver });
  expect(grave(report)).toMatchObject([{ code: 'dnssec', level: 'required', impact: 'now' }]);
});

test('a wildcard is named', async () => {
  const wildcard: ZoneRecord = { name: `*.${DOMAIN}`, data: { type: 'TXT', text: 'anything' } };
  const report = await checkIn(worldOf([...zone, wildcard]));
  expect(report.findings.map(({ code }) => code)).toContain('wildcard');
});

test('CNAMEs that lead in a circle', async () => {
  const name = `www.${DOMAIN}`;
  const loop = withRecords(zone, name, 'CNAME', [{ type: 'CNAME', target: name }]);
  const report = await checkIn(worldOf(loop));
  expect(grave(report)[0]?.what).toMatch(/leads in a circle/);
});

describe('answers that are large, forged or odd', () => {
  const everything = (behaviour: Behaviour) =>
    checkIn({ ...healthy, ns1: behaviour, ns2: behaviour });

  test('cut off in UDP, whole in TCP', async () => {
    const report = await everything((query) =>
      query.transport === 'tcp' ? healthy.ns1(query) : [reply(query, { truncated: true })],
    );
    expect(grave(report)).toEqual([]);
  });

  test('cut off in TCP, too', async () => {
    const report = await everything((query) => [reply(query, { truncated: true })]);
    expect(codes(report)).toEqual(['lame-server', 'lame-server']);
  });

  test('as many records as fit', async () => {
    const many = Array.from({ length: 2200 }, (_, index): dnsPacket.Answer => {
      const address = `10.0.${index >> 8}.${index & 255}`;
      return { name: DOMAIN, type: 'A', ttl: 1, data: address };
    });
    const report = await everything((query) => {
      if (query.type !== 'A' || query.name !== DOMAIN) return healthy.ns1(query);
      return [reply(query, query.transport === 'tcp' ? { answers: many } : { truncated: true })];
    });
    const finding = grave(report).find(({ there }) => there?.length === 2200);
    expect(finding?.level).toBe('required');
  });

  test('forged answers before the right one', async () => {
    const report = await everything((query) => {
      const [right = Buffer.alloc(0)] = healthy.ns1(query);
      const otherId = Buffer.from(right);
      otherId.writeUInt16BE((query.id + 1) & 0xffff, 0);
      const otherQuestion = dnsPacket.encode({
        type: 'response',
        id: query.id,
        questions: [{ name: 'other.example', type: 'A' }],
        answers: [{ name: DOMAIN, type: 'A', data: '6.6.6.6' }],
      });
      return query.transport === 'tcp' ? [right] : [otherId, otherQuestion, query.bytes, right];
    });
    expect(grave(report)).toEqual([]);
  });

  test('servers that do not know EDNS', async () => {
    const report = await everything((query) => {
      const hasEdns = (dnsPacket.decode(query.bytes).additionals ?? []).length > 0;
      return hasEdns ? [reply(query, { rcode: RCODE.FORMERR })] : healthy.ns1(query);
    });
    expect(grave(report)).toEqual([]);
  });

  test('text that would harm a terminal stays data', async () => {
    const evil = 'v=DKIM1;p=\u001b[2J\u0007';
    const bad = withRecords(zone, `opendkim._domainkey.${DOMAIN}`, 'TXT', [
      { type: 'TXT', text: evil },
    ]);
    expect(grave(await checkIn(worldOf(bad)))[0]?.there).toEqual([evil]);
  });
});

describe('finding the servers', () => {
  test('a delegation that the resolver does not know of yet', async () => {
    const parent: Behaviour = (query) => {
      if (query.name !== DOMAIN && !query.name.endsWith(`.${DOMAIN}`)) return top(query);
      return [
        reply(query, {
          authoritative: false,
          authorities: DELEGATION.slice(1, 2).map(toPacket),
          additionals: DELEGATION.slice(2).map(toPacket),
        }),
      ];
    };
    const topZone: ZoneRecord[] = [
      { name: 'example', data: { type: 'NS', target: 'ns.example' } },
      { name: 'ns.example', data: { type: 'A', address: NS1 } },
    ];
    const top = serving(topZone);
    const report = await checkIn({
      resolver: serving(topZone, false),
      ns1: parent,
      ns2: healthy.ns2,
    });
    expect(report.zone).toBe(DOMAIN);
    expect(report.servers).toEqual([`ns2.${DOMAIN} (${NS2})`]);
    expect(report.records.every(({ state }) => state !== 'missing')).toBe(true);
  });

  test('a server to which only the zone above leads is asked, too', async () => {
    const example: ZoneRecord[] = [
      { name: 'example', data: { type: 'NS', target: 'ns.example' } },
      { name: 'ns.example', data: { type: 'A', address: TOP } },
    ];
    const own = zone.filter(({ name, data }) => name !== DOMAIN || data.type !== 'NS');
    const ns1Only = [
      ...own,
      { name: DOMAIN, data: { type: 'NS', target: `ns1.${DOMAIN}` } } as const,
    ];
    const top: Behaviour = (query) => [
      reply(query, {
        authoritative: false,
        authorities: DELEGATION.slice(0, 2).map(toPacket),
        additionals: DELEGATION.slice(2).map(toPacket),
      }),
    ];
    const report = await checkIn({
      resolver: serving([...ns1Only, ...example], false),
      ns1: serving(ns1Only),
      ns2: complaining(RCODE.REFUSED),
      top,
    });
    expect(codes(report)).toEqual(['lame-server']);
    expect(grave(report)[0]?.what).toMatch(/ns2.* REFUSED/);
    expect(report.findings.find(({ code }) => code === 'delegation-differs')?.what).toBe(
      `ns2.${DOMAIN} is a name server of ${DOMAIN} by the zone above, but not by the zone itself`,
    );
  });

  test('a name server without an address', async () => {
    const without = zone.filter(({ name }) => name !== `ns2.${DOMAIN}`);
    const report = await checkIn(worldOf(without));
    expect(codes(report)).toEqual(['name-server-without-address']);
  });
});

test('nothing takes longer than its deadline', async () => {
  const started = Date.now();
  const silent: Behaviour = (query) => (query.type === 'NS' ? healthy.resolver(query) : []);
  await checkIn({ ns1: () => [], ns2: () => [], resolver: silent }, FACTS, 700);
  expect(Date.now() - started).toBeLessThan(5000);
});
