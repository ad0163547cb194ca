import { isIP } from 'node:net';

/** Not one with a zone (`fe80::1%eth0`, RFC 4007 section 11), which means something on one link only. */
export const isAddress = (text: string): boolean => isIP(text) !== 0 && !text.includes('%');

/**
 * A relay's domain in the one form that is used everywhere: lower case; an IP address without
 * brackets, IPv6 as short as it gets (RFC 5952). What is no domain comes back in lower case.
 */
export const canonicalDomain = (text: string): string => {
  const lower = text.toLowerCase();
  const address = lower.replace(/^\[(?:ipv6:)?(.*)\]$/, '$1');
  if (!isAddress(address)) return lower;
  return isIP(address) === 6 ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
};

/**
 * What keeps `text` from being a relay's domain, in words, or undefined when nothing does. A relay
 * without a name in the DNS has an IP address in its place. Letter-digit-hyphen labels (RFC 1123
 * section 2.1) in lower case; the first label may begin with an underscore, which asks for a
 * self-signed certificate.
 */
export const domainProblem = (text: string): string | undefined => {
  if (isAddress(text)) return undefined;
  if (text === '') return 'is empty; give a domain like chat.example.org';
  if (/^https?:|\/|:/.test(text))
    return `is not a domain: ${JSON.stringify(text)}; leave out "https://", ports and paths`;
  if (text.includes('@'))
    return `is an address: ${JSON.stringify(text)}; give only the part behind the @`;
  if (text.endsWith('.')) return 'must not end with a dot';
  if (text.length > 253) return 'is longer than 253 characters';
  const labels = text.split('.');
  if (labels.length < 2)
    return `has no dot: ${JSON.stringify(text)}; give a full domain like chat.example.org`;
  if (/^[0-9.]+$/.test(text)) return 'is neither a domain nor an IP address';
  const bad = labels.find((label, index) => !isLabel(label, index === 0));
  if (bad === undefined) return undefined;
  if (/\P{ASCII}/u.test(bad))
    return `has letters outside ASCII in ${JSON.stringify(bad)}; write it in punycode (xn--...)`;
  return `has a bad label ${JSON.stringify(bad)}: 1 to 63 letters, digits and hyphens, no hyphen at its ends`;
};

const isLabel = (label: string, first: boolean): boolean =>
  /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(first ? label.replace(/^_/, '') : label) &&
  label.length <= 63;

/** Whether the relay has an IP address instead of a domain. */
export const isAddressRelay = (domain: string): boolean => isAddress(domain);

/** Whether no authority issues certificates for it: it begins with `_` or is an address. */
export const isSelfSignedDomain = (domain: string): boolean =>
  domain.startsWith('_') || isAddressRelay(domain);

/** What stands behind the @ in its mail addresses, in lower case (RFC 5321 section 4.1.3). */
export const domainInAddress = (domain: string): string =>
  isAddressRelay(domain) ? `[${isIP(domain) === 6 ? 'ipv6:' : ''}${domain}]` : domain;

/** The domain as it stands in URLs and Host headers (RFC 3986 section 3.2.2). */
export const domainInUrl = (domain: string): string =>
  isIP(domain) === 6 ? `[${domain}]` : domain;

/** A host name for daemons that insist on one; no other host has it (RFC 6761 section 6.4). */
export const hostNameOf = (domain: string): string =>
  isAddressRelay(domain)
    ? `ip-${domain.replaceAll(/[.:]/g, '-').replace(/-$/, '-0')}.invalid`
    : domain;
