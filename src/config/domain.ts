/**
 * What keeps `text` from being a relay's domain, in words, or undefined when nothing does.
 * Letter-digit-hyphen labels (RFC 1123 section 2.1) in lower case; the first label may begin with
 * an underscore, which asks for a self-signed certificate.
 */
export const domainProblem = (text: string): string | undefined => {
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
  if (/^[0-9.]+$/.test(text)) return 'is an IP address; a relay needs a domain';
  const bad = labels.find((label, index) => !isLabel(label, index === 0));
  if (bad === undefined) return undefined;
  if (/\P{ASCII}/u.test(bad))
    return `has letters outside ASCII in ${JSON.stringify(bad)}; write it in punycode (xn--...)`;
  return `has a bad label ${JSON.stringify(bad)}: 1 to 63 letters, digits and hyphens, no hyphen at its ends`;
};

const isLabel = (label: string, first: boolean): boolean =>
  /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(first ? label.replace(/^_/, '') : label) &&
  label.length <= 63;

/** Whether the relay of this domain serves a self-signed certificate (INTEROP: a leading `_`). */
export const isSelfSignedDomain = (domain: string): boolean => domain.startsWith('_');
