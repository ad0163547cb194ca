/** A small internet: a resolver, two name servers of `example`, and a relay's zone in it. */
import { checkZone } from '../../src/dns/check.ts';
import { type RelayFacts, relayRecords } from '../../src/dns/relay-records.ts';
import type { Report } from '../../src/dns/report.ts';
import {
  type Behaviour,
  type FakeServer,
  serving,
  startFake,
  type ZoneRecord,
} from './fake-dns.ts';

export const DOMAIN = 'chat.example';
export const ADDRESS = '192.0.2.10';
export const PUBLIC_KEY = `MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A${'k'.repeat(328)}IDAQAB`;

export const FACTS: RelayFacts = {
  domain: DOMAIN,
  addresses: { v4: [ADDRESS], v6: ['2001:db8::10'] },
  dkim: { selector: 'opendkim', publicKey: PUBLIC_KEY },
  mtaStsId: '0123456789abcdef0123',
  authority: { issuer: 'letsencrypt.org', accountUri: 'https://acme.example/acct/1' },
};

export const NS1 = '127.0.0.11';
export const NS2 = '127.0.0.12';
export const TOP = '127.0.0.13';
export const RESOLVER = '127.0.0.10';

export const SOA: ZoneRecord = {
  name: DOMAIN,
  data: { type: 'SOA', primary: `ns1.${DOMAIN}`, serial: 1 },
};

export const DELEGATION: readonly ZoneRecord[] = [
  { name: DOMAIN, data: { type: 'NS', target: `ns1.${DOMAIN}` } },
  { name: DOMAIN, data: { type: 'NS', target: `ns2.${DOMAIN}` } },
  { name: `ns1.${DOMAIN}`, data: { type: 'A', address: NS1 } },
  { name: `ns2.${DOMAIN}`, data: { type: 'A', address: NS2 } },
];

/** All that the relay wants, on top of what makes a zone. */
export const healthyZone = (facts: RelayFacts = FACTS): ZoneRecord[] => [
  SOA,
  ...DELEGATION,
  ...relayRecords(facts).map(({ name, data }) => ({ name, data })),
];

/** A zone in which the records of one name and type are others. */
export const withRecords = (
  zone: readonly ZoneRecord[],
  name: string,
  type: string,
  replacement: readonly ZoneRecord['data'][],
): ZoneRecord[] => [
  ...zone.filter((record) => record.name !== name || record.data.type !== type),
  ...replacement.map((data) => ({ name, data })),
];

export interface World {
  readonly ns1: Behaviour;
  readonly ns2: Behaviour;
  readonly resolver: Behaviour;
  /** The server of `example`, if there is one. */
  readonly top?: Behaviour;
}

export const worldOf = (zone: readonly ZoneRecord[]): World => ({
  ns1: serving(zone),
  ns2: serving(zone),
  resolver: serving(zone, false),
});

/** Runs a check in a world of its own. */
export const checkIn = async (
  world: World,
  facts: RelayFacts = FACTS,
  deadlineMs = 2000,
): Promise<Report> => {
  const servers: FakeServer[] = [];
  try {
    const resolver = await startFake(RESOLVER, 0, world.resolver);
    servers.push(resolver);
    for (const [address, behaviour] of [
      [NS1, world.ns1],
      [NS2, world.ns2],
      [TOP, world.top],
    ] as const)
      if (behaviour !== undefined) servers.push(await startFake(address, resolver.port, behaviour));
    const options = { resolvers: [resolver], publicResolvers: [], port: resolver.port, deadlineMs };
    return await checkZone(facts, options);
  } finally {
    for (const server of servers) await server.close();
  }
};

/** The findings that change an exit code. */
export const grave = (report: Report) => report.findings.filter(({ level }) => level !== 'info');
