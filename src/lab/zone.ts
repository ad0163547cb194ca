import { bridgeAddress, type LabHost, type LabState } from './state.ts';

/** Seconds that an answer may be cached: a host that is made anew has a new DKIM key. */
const TTL = 5;

/** One zone as a master file (RFC 1035 section 5). */
export interface Zone {
  /** With the final dot: `test.` */
  readonly name: string;
  readonly text: string;
  /** Belongs to a host's operator, who may change it: written once, until the host is another. */
  readonly dynamic: boolean;
}

/**
 * Zones of the lab's DNS server: one for each host's domain, `test.` that delegates to them, and a
 * root zone without anything else, so that every other name fails at once instead of after a time-out.
 */
export const labZones = (state: LabState): Zone[] => [
  { name: '.', text: rootZone(state), dynamic: false },
  { name: 'test.', text: testZone(state), dynamic: false },
  ...state.hosts.map((host) => ({
    name: `${host.domain}.`,
    text: hostZone(host),
    dynamic: true,
  })),
];

const header = (serial: number): string[] => [
  `$TTL ${TTL}`,
  `@ SOA ns.test. hostmaster.test. ${serial} 3600 600 86400 ${TTL}`,
  '@ NS ns.test.',
];

const rootZone = (state: LabState): string =>
  lines([
    '$ORIGIN .',
    ...header(state.serial),
    'test. NS ns.test.',
    `ns.test. A ${bridgeAddress(state)}`,
  ]);

const testZone = (state: LabState): string =>
  lines([
    '$ORIGIN test.',
    ...header(state.serial),
    `ns A ${bridgeAddress(state)}`,
    `ca A ${bridgeAddress(state)}`,
    ...state.hosts.map(({ domain }) => `${domain}. NS ns.test.`),
  ]);

/** The same as long as the host is: nothing in it depends on the other hosts. */
const hostZone = ({ domain, address, dkimPublicKey }: LabHost): string =>
  lines([
    `$ORIGIN ${domain}.`,
    ...header(1),
    `@ A ${address}`,
    `@ MX 10 ${domain}.`,
    `www CNAME ${domain}.`,
    `mta-sts CNAME ${domain}.`,
    '_mta-sts TXT "v=STSv1; id=1"',
    `opendkim._domainkey TXT ${characterStrings(dkimRecord(dkimPublicKey))}`,
  ]);

const lines = (records: readonly string[]): string => `${records.join('\n')}\n`;

/** RFC 6376 section 3.6.1. */
const dkimRecord = (publicKey: string): string => `v=DKIM1;k=rsa;p=${publicKey};s=email;t=s`;

/** A text as strings of at most 255 bytes (RFC 1035 section 3.3.14). ASCII without quotes only. */
export const characterStrings = (text: string): string =>
  (text.match(/.{1,255}/g) ?? ['']).map((part) => `"${part}"`).join(' ');
