import { type Difference, differs, FINE, UNKNOWN, type Verdict } from '../finding.ts';
import { presentation, type RecordData, type WantedRecord } from '../records.ts';
import { type Check, dataAt, type Look, missing } from './check.ts';

type Mx = Extract<RecordData, { readonly type: 'MX' }>;

/** The relay is the mail server of its domain, and there is no other that is tried before it. */
export const mxCheck = (domain: string, record: WantedRecord): Check => ({
  topic: `${domain} MX`,
  records: [record],
  questions: [{ name: domain, type: 'MX' }],
  judge: (look) => judgeMx(look, domain, record),
});

const judgeMx = (look: Look, domain: string, record: WantedRecord): Verdict => {
  const found = dataAt(look, domain, 'MX');
  if ('kind' in found) return found;
  if (found.alias !== undefined) return UNKNOWN;
  const should = [presentation(record.data)];
  // Without MX, senders take the A record (RFC 5321 section 5.1): mail comes, but not all check so.
  if (found.data.length === 0)
    return missing(domain, 'MX', { level: 'required', impact: 'later', should });
  const difference = mxDifference(found.data, domain);
  if (difference === undefined) return FINE;
  const there = found.data.map(presentation);
  return differs({ level: 'required', there, should, ...difference });
};

const mxDifference = (
  records: readonly Mx[],
  domain: string,
): Pick<Difference, 'what' | 'impact' | 'fix'> | undefined => {
  if (records.some(({ exchange }) => exchange === ''))
    return {
      what: `${domain} says that it takes no mail (null MX, RFC 7505)`,
      impact: 'now',
      fix: `Replace it: ${domain} MX 10 ${domain}`,
    };
  const others = records.filter(({ exchange }) => exchange !== domain);
  if (others.length === 0) return undefined;
  const names = others.map(({ exchange }) => exchange).join(', ');
  const ours = records.filter(({ exchange }) => exchange === domain);
  if (ours.length === 0)
    return {
      what: `mail for ${domain} goes to ${names} instead of the relay`,
      impact: 'now',
      fix: `Change: ${domain} MX 10 ${domain}`,
    };
  const best = Math.min(...ours.map(({ preference }) => preference));
  const first = others.some(({ preference }) => preference <= best);
  return {
    what: first
      ? `mail for ${domain} also goes to ${names}, which does not know its users`
      : `while the relay is away, mail for ${domain} goes to ${names}, which does not know its users`,
    impact: first ? 'now' : 'later',
    fix: `Keep only: ${domain} MX 10 ${domain}`,
  };
};

/** One service in the zone: the same server and port, whatever the priorities. */
export const srvCheck = (record: WantedRecord): Check => ({
  topic: `${record.name} SRV`,
  records: [record],
  questions: [{ name: record.name, type: 'SRV' }],
  judge: (look) => {
    const { name, data, level } = record;
    const found = dataAt(look, name, 'SRV');
    if ('kind' in found) return found;
    const should = [presentation(data)];
    if (found.data.length === 0) return missing(name, 'SRV', { level, impact: 'never', should });
    const right = found.data.every(
      ({ port, target }) => data.type === 'SRV' && port === data.port && target === data.target,
    );
    if (right) return FINE;
    return differs({
      what: `${name} sends mail programs elsewhere`,
      impact: 'never',
      level,
      there: found.data.map(presentation),
      should,
      fix: `Change: ${name} SRV ${should[0]}`,
    });
  },
});
