/** From configuration and host to what the relay's records are made of. Pure. */
import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { certificateOrigin } from '../config/certificate.ts';
import type { Config } from '../config/schema.ts';
import { MTA_STS_PATH, WEBSITE_DIR, websitePart } from '../relay/website.ts';
import { isWithin } from './authority.ts';
import type { HostDns } from './host.ts';
import {
  byFamily,
  type CertificateAuthority,
  type RelayAddresses,
  type RelayFacts,
} from './relay-records.ts';
import { isExpired } from './rotation.ts';

/** What authorities answer to in CAA records, by the end of their host's name. */
const ISSUERS: Readonly<Record<string, string>> = {
  'letsencrypt.org': 'letsencrypt.org',
  'pki.goog': 'pki.goog',
  'zerossl.com': 'sectigo.com',
};

const authorityOf = (config: Config, account: string | undefined): CertificateAuthority => {
  const { hostname } = new URL(config.acme_directory_url);
  const known = Object.entries(ISSUERS).find(([suffix]) => isWithin(hostname, suffix));
  return { issuer: known?.[1], accountUri: account };
};

/**
 * @param host what the host says; undefined when it cannot be asked
 * @param reached addresses that the operator's name for the host leads to
 */
export const relayFacts = (
  config: Config,
  host: HostDns | undefined,
  reached: readonly string[],
): RelayFacts => {
  const origin = certificateOrigin(config);
  const retired = host?.retired ?? [];
  return {
    domain: config.mail_domain,
    addresses: addressesOf(config, host?.addresses ?? [], reached),
    dkim: host?.dkim,
    nextDkim: host?.next,
    lastDkim: retired.filter((key) => !isExpired(key)),
    expiredDkim: retired.filter(isExpired),
    mtaStsId: origin === 'self-signed' ? undefined : policyId(config),
    authority: origin === 'acme' ? authorityOf(config, host?.account) : undefined,
  };
};

/** What the host has counts; behind NAT it is what leads to it. */
const addressesOf = (
  config: Config,
  own: readonly string[],
  reached: readonly string[],
): RelayAddresses => {
  const ours = byFamily(own);
  const outside = byFamily(reached);
  const v4 = known(ours.v4.length > 0 ? ours.v4 : outside.v4);
  if (config.disable_ipv6) return { v4, v6: [] };
  // A host that has been asked, and has IPv4 only, must not be announced with IPv6.
  const v6 = ours.v6.length > 0 ? ours.v6 : outside.v6;
  return { v4, v6: ours.v4.length > 0 ? v6 : known(v6) };
};

const known = (addresses: readonly string[]): readonly string[] | undefined =>
  addresses.length === 0 ? undefined : addresses;

/** Changes when the policy does, and only then (RFC 8461 section 3.1: 1 to 32 letters and digits). */
const policyId = (config: Config): string => {
  const { files = [] } = websitePart(config, { debian: 13 });
  const policy = files.find(({ path }) => path === WEBSITE_DIR + MTA_STS_PATH);
  return createHash('sha256')
    .update(policy?.content ?? '')
    .digest('hex')
    .slice(0, 20);
};

/** A relay that is reached by an address alone has no zone. */
export const hasZone = ({ mail_domain }: Config): boolean =>
  isIP(mail_domain.replace(/^\[(.*)\]$/, '$1')) === 0;
