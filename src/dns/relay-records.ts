/** The records a relay needs: pure, from what is known of it (INTEROP "DNS of a relay"). */
import { isIP } from 'node:net';
import type { Level, RelayRecordData, WantedRecord } from './records.ts';

/** Addresses at which the relay is reached; `undefined`: not known. */
export interface RelayAddresses {
  readonly v4: readonly string[] | undefined;
  readonly v6: readonly string[] | undefined;
}

/** The key that signs (RFC 6376 section 3.6.1). */
export interface DkimKey {
  readonly selector: string;
  /** Base64 of the SubjectPublicKeyInfo: the tag `p`. */
  readonly publicKey: string;
}

/** Who may issue the relay's certificate (RFC 8659, RFC 8657). */
export interface CertificateAuthority {
  /** The name the authority answers to in CAA records: `letsencrypt.org`. Undefined: not known. */
  readonly issuer: string | undefined;
  /** The relay's account there, when it has one already. */
  readonly accountUri?: string | undefined;
}

export interface RelayFacts {
  readonly domain: string;
  readonly addresses: RelayAddresses;
  /** Undefined before the first deployment, or when the host cannot be asked. */
  readonly dkim?: DkimKey | undefined;
  /** A key that is to sign once its record is published. */
  readonly nextDkim?: DkimKey | undefined;
  /** Keys that have signed mail which may still be on its way. */
  readonly lastDkim?: readonly DkimKey[];
  /** Keys with which no mail on its way is signed any more. */
  readonly expiredDkim?: readonly DkimKey[];
  /** Undefined for a relay with a self-signed certificate, whose MTA-STS policy would lock others out. */
  readonly mtaStsId?: string | undefined;
  /** Undefined when the certificate is not an authority's that the relay asks by itself. */
  readonly authority?: CertificateAuthority | undefined;
}

/** The records in the order in which one would enter them. */
export const relayRecords = (facts: RelayFacts): WantedRecord[] => [
  ...addressRecords(facts),
  ...mailRecords(facts),
  ...webRecords(facts),
  ...authorityRecords(facts),
  ...policyRecords(facts),
  ...serviceRecords(facts),
];

const record = (
  level: Level,
  name: string,
  data: RelayRecordData,
  purpose: string,
): WantedRecord => ({ level, name, data, purpose });

const addressRecords = ({ domain, addresses }: RelayFacts): WantedRecord[] => {
  const { v4 = [], v6 = [] } = addresses;
  const purpose = 'where the relay is reached';
  return [
    ...v4.map((address) => record('required', domain, { type: 'A', address }, purpose)),
    // Beside IPv4, an IPv6 address is welcome; without it, it is the only way in.
    ...v6.map((address) =>
      record(
        v4.length > 0 ? 'recommended' : 'required',
        domain,
        { type: 'AAAA', address },
        purpose,
      ),
    ),
  ];
};

const mailRecords = ({ domain, dkim, nextDkim, lastDkim = [] }: RelayFacts): WantedRecord[] => [
  record(
    'required',
    domain,
    { type: 'MX', preference: 10, exchange: domain },
    'other relays deliver here',
  ),
  ...(dkim ? [dkimRecord(domain, dkim, 'required', 'other relays verify our mail with it')] : []),
  ...lastDkim.map((key) =>
    dkimRecord(domain, key, 'required', 'verifies mail that is still on its way'),
  ),
  ...(nextDkim ? [dkimRecord(domain, nextDkim, 'recommended', 'the key that will sign next')] : []),
];

export const dkimRecord = (
  domain: string,
  { selector, publicKey }: DkimKey,
  level: Level,
  purpose: string,
): WantedRecord =>
  record(level, dkimName(domain, selector), { type: 'TXT', text: dkimText(publicKey) }, purpose);

/** RFC 6376 section 3.6.2.1. */
export const dkimName = (domain: string, selector: string): string =>
  `${selector}._domainkey.${domain}`;

/** RFC 6376 section 3.6.1; `t=s`: only for addresses of this very domain. */
const dkimText = (publicKey: string): string => `v=DKIM1;k=rsa;p=${publicKey};s=email;t=s`;

const webRecords = ({ domain, mtaStsId, authority }: RelayFacts): WantedRecord[] => {
  const alias = { type: 'CNAME', target: domain } as const;
  // An authority that cannot find these names issues no certificate for them.
  const certified: Level = authority === undefined ? 'recommended' : 'required';
  const policy: readonly WantedRecord[] =
    mtaStsId === undefined
      ? []
      : [
          record('required', `mta-sts.${domain}`, alias, 'the MTA-STS policy is fetched from it'),
          record(
            'required',
            `_mta-sts.${domain}`,
            { type: 'TXT', text: `v=STSv1; id=${mtaStsId}` },
            'tells other servers to insist on TLS (RFC 8461)',
          ),
        ];
  return [record(certified, `www.${domain}`, alias, 'web pages'), ...policy];
};

const authorityRecords = ({ domain, authority }: RelayFacts): WantedRecord[] => {
  if (authority?.issuer === undefined) return [];
  const { issuer, accountUri } = authority;
  const value = accountUri === undefined ? issuer : `${issuer};accounturi=${accountUri}`;
  return [
    record(
      'recommended',
      domain,
      { type: 'CAA', flags: 0, tag: 'issue', value },
      'nobody else gets a certificate for the relay (RFC 8659)',
    ),
  ];
};

const policyRecords = ({ domain }: RelayFacts): WantedRecord[] => {
  const text = (value: string) => ({ type: 'TXT', text: value }) as const;
  return [
    record(
      'recommended',
      domain,
      text('v=spf1 a ~all'),
      'who sends in our name, for other mail servers (SPF)',
    ),
    record(
      'recommended',
      `_dmarc.${domain}`,
      text('v=DMARC1;p=reject;adkim=s;aspf=s'),
      'other mail servers refuse forgeries (DMARC)',
    ),
    record(
      'recommended',
      `_adsp._domainkey.${domain}`,
      text('dkim=discardable'),
      'the same for old servers (ADSP)',
    ),
  ];
};

/** RFC 6186 and RFC 8314 section 5.1. */
const SERVICES = [
  ['_submission', 587],
  ['_submissions', 465],
  ['_imap', 143],
  ['_imaps', 993],
] as const;

const serviceRecords = ({ domain }: RelayFacts): WantedRecord[] =>
  SERVICES.map(([service, port]) =>
    record(
      'recommended',
      `${service}._tcp.${domain}`,
      { type: 'SRV', priority: 0, weight: 1, port, target: domain },
      'other mail programs find the server',
    ),
  );

/** Addresses sorted by family. */
export const byFamily = (addresses: readonly string[]): { v4: string[]; v6: string[] } => ({
  v4: addresses.filter((address) => isIP(address) === 4),
  v6: addresses.filter((address) => isIP(address) === 6),
});
