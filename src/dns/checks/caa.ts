import { differs, FINE, UNKNOWN, type Verdict } from '../finding.ts';
import { presentation, type RecordData, type WantedRecord } from '../records.ts';
import type { CertificateAuthority } from '../relay-records.ts';
import { type Check, dataAt, type Look, missing } from './check.ts';

type Caa = Extract<RecordData, { readonly type: 'CAA' }>;

/**
 * Whether the authority may issue, by the records at the domain or, if there are none, at the nearest
 * name above it that has some (RFC 8659 section 3). A narrower set than ours is not asked for.
 */
export const caaCheck = (
  domain: string,
  record: WantedRecord,
  authority: CertificateAuthority,
): Check => ({
  topic: `${domain} CAA`,
  records: [record],
  questions: climb(domain).map((name) => ({ name, type: 'CAA' })),
  judge: (look) => judgeCaa(look, domain, record, authority),
});

/** The domain and the names above it, without the top-level domain. */
const climb = (domain: string): string[] => {
  const labels = domain.split('.');
  return labels.slice(0, -1).map((_, index) => labels.slice(index).join('.'));
};

const judgeCaa = (
  look: Look,
  domain: string,
  record: WantedRecord,
  authority: CertificateAuthority,
): Verdict => {
  const own = dataAt(look, domain, 'CAA');
  if ('kind' in own) return own;
  if (own.alias !== undefined) return UNKNOWN;
  const should = [presentation(record.data)];
  for (const name of climb(domain)) {
    const found = dataAt(look, name, 'CAA');
    if ('kind' in found || found.data.length === 0) continue;
    if (permits(found.data, authority)) return FINE;
    return differs({
      what: `${name} forbids ${authority.issuer} to issue a certificate: the relay's is not renewed`,
      impact: 'later',
      level: 'required',
      there: found.data.map(presentation),
      should,
      fix: `Add: ${domain} CAA ${should[0]}`,
    });
  }
  return missing(domain, 'CAA', { level: 'recommended', impact: 'never', should });
};

const CRITICAL = 0x80;
const KNOWN_TAGS = ['issue', 'issuewild', 'iodef', 'contactemail', 'contactphone', 'issuemail'];

const permits = (records: readonly Caa[], authority: CertificateAuthority): boolean => {
  if (records.some(({ flags, tag }) => (flags & CRITICAL) !== 0 && !KNOWN_TAGS.includes(tag)))
    return false;
  const issue = records.filter(({ tag }) => tag === 'issue');
  return issue.length === 0 || issue.some(({ value }) => names(value, authority));
};

/** RFC 8659 section 4.2, RFC 8657 sections 3 and 4: the relay validates by http-01. */
const names = (value: string, { issuer, accountUri }: CertificateAuthority): boolean => {
  const [name = '', ...rest] = value.split(';').map((part) => part.trim());
  if (name.toLowerCase() !== issuer) return false;
  const parameter = (wanted: string): string | undefined =>
    rest
      .map((part) => part.split('='))
      .find(([key]) => key?.trim().toLowerCase() === wanted)
      ?.slice(1)
      .join('=')
      .trim();
  const account = parameter('accounturi');
  const methods = parameter('validationmethods')?.split(',');
  const accountFits = account === undefined || accountUri === undefined || account === accountUri;
  return accountFits && (methods === undefined || methods.includes('http-01'));
};
