import { bridgeAddress, type LabState } from './state.ts';

/** Seconds that an answer may be cached: a host that is made anew has a new DKIM key. */
const TTL = 5;

/** One zone as a master file (RFC 1035 section 5). */
export interface Zone {
  /** With the final dot: `test.` */
  readonly name: string;
  readonly text: string;
}

/**
 * Zones of the lab's DNS server: `test.` with all hosts, and a root zone without anything else, so
 * that every other name fails at once instead of after a time-out.
 */
export const labZones = (state: LabState): Zone[] => [
  { name: '.', text: rootZone(state) },
  { name: 'test.', text: testZone(state) },
];

const header = (state: LabState): string[] => [
  `$TTL ${TTL}`,
  `@ SOA ns.test. hostmaster.test. ${state.serial} 3600 600 86400 ${TTL}`,
  '@ NS ns.test.',
];

const rootZone = (state: LabState): string =>
  lines(['$ORIGIN .', ...header(state), 'test. NS ns.test.', `ns.test. A ${bridgeAddress(state)}`]);

const testZone = (state: LabState): string =>
  lines([
    '$ORIGIN test.',
    ...header(state),
    `ns A ${bridgeAddress(state)}`,
    ...state.hosts.flatMap((host) => {
      const name = `${host.domain}.`;
      return [
        `${name} A ${host.address}`,
        `${name} MX 10 ${name}`,
        `www.${name} CNAME ${name}`,
        `mta-sts.${name} CNAME ${name}`,
        `_mta-sts.${name} TXT "v=STSv1; id=${state.serial}"`,
        `opendkim._domainkey.${name} TXT ${characterStrings(dkimRecord(host.dkimPublicKey))}`,
      ];
    }),
  ]);

const lines = (records: readonly string[]): string => `${records.join('\n')}\n`;

/** RFC 6376 section 3.6.1. */
const dkimRecord = (publicKey: string): string => `v=DKIM1;k=rsa;p=${publicKey};s=email;t=s`;

/** A text as strings of at most 255 bytes (RFC 1035 section 3.3.14). ASCII without quotes only. */
export const characterStrings = (text: string): string =>
  (text.match(/.{1,255}/g) ?? ['']).map((part) => `"${part}"`).join(' ');
