import { differs, FINE, UNKNOWN, type Verdict } from '../finding.ts';
import { sameAddress } from '../ip.ts';
import type { WantedRecord } from '../records.ts';
import type { RelayFacts } from '../relay-records.ts';
import { type Check, dataAt, type Look, loopDifference, missing } from './check.ts';

const FAMILIES = { A: 'IPv4', AAAA: 'IPv6' } as const;

/** The relay's own addresses: at least one that is its, none that is not. */
export const addressChecks = (facts: RelayFacts, records: readonly WantedRecord[]): Check[] =>
  (['A', 'AAAA'] as const).map((type) => ({
    topic: `${facts.domain} ${type}`,
    records: records.filter(({ data }) => data.type === type),
    questions: [
      { name: facts.domain, type: 'A' },
      { name: facts.domain, type: 'AAAA' },
    ],
    judge: (look) => judgeAddresses(look, facts, type),
  }));

const judgeAddresses = (look: Look, facts: RelayFacts, type: 'A' | 'AAAA'): Verdict => {
  const { domain, addresses } = facts;
  const wanted = type === 'A' ? addresses.v4 : addresses.v6;
  const found = dataAt(look, domain, type);
  if ('kind' in found) return found;
  // The CNAME itself is reported by the check for it.
  if (found.alias !== undefined) return UNKNOWN;
  const there = found.data.map(({ address }) => address);
  if (there.length === 0) return judgeAbsence(look, facts, type, wanted);
  if (wanted === undefined) return FINE;
  const foreign = there.filter((address) => !wanted.some((ours) => sameAddress(ours, address)));
  if (foreign.length === 0) return FINE;
  const nobodyThere = foreign.length === there.length;
  return differs({
    what: `${domain} points to ${foreign.join(', ')}, which is not an ${FAMILIES[type]} address of the relay`,
    impact: 'now',
    level: 'required',
    there,
    should: wanted,
    fix:
      wanted.length === 0
        ? `Remove: ${domain} ${type} ${foreign.join(', ')}`
        : `${nobodyThere ? 'Change' : 'Correct'}: ${domain} ${type} ${wanted.join(' and ')}`,
  });
};

const judgeAbsence = (
  look: Look,
  { domain, addresses }: RelayFacts,
  type: 'A' | 'AAAA',
  wanted: readonly string[] | undefined,
): Verdict => {
  const other = look(domain, type === 'A' ? 'AAAA' : 'A');
  const hasOther = other.kind === 'records';
  if (wanted === undefined || wanted.length === 0) {
    // With nothing known, one address of either family is asked for; A speaks for both.
    const nothingKnown = addresses.v4 === undefined && addresses.v6 === undefined;
    if (type !== 'A' || !nothingKnown || hasOther) return FINE;
    return missing(domain, 'A', {
      level: 'required',
      impact: 'now',
      should: ['the address of the relay'],
    });
  }
  const welcome = type === 'AAAA' && (addresses.v4 ?? []).length > 0;
  return missing(domain, type, {
    level: welcome ? 'recommended' : 'required',
    impact: welcome ? 'never' : 'now',
    should: wanted,
  });
};

/** A name with an MX record must not be a CNAME (RFC 2181 section 10.1, RFC 5321 section 5.1). */
export const apexCheck = ({ domain }: RelayFacts): Check => ({
  topic: `${domain} CNAME`,
  records: [],
  questions: [{ name: domain, type: 'A' }],
  judge: (look) => {
    const found = look(domain, 'A');
    if (found.kind === 'failed') return UNKNOWN;
    if (found.kind === 'loop') return differs(loopDifference(domain, found.chain));
    const { alias } = found;
    if (alias === undefined) return FINE;
    return differs({
      what: `${domain} is a CNAME for ${alias}: a CNAME cannot stand beside MX and TXT records, which are lost by it`,
      impact: 'now',
      level: 'required',
      there: [`CNAME ${alias}`],
      should: ['A', 'MX', 'TXT'],
      fix: `Replace the CNAME record at ${domain} by A and AAAA records`,
    });
  },
});

/** A second name of the relay: a CNAME for it, or the same addresses. */
export const aliasCheck = (
  { domain }: RelayFacts,
  record: WantedRecord,
  impact: 'now' | 'later' | 'never',
): Check => ({
  topic: `${record.name} CNAME`,
  records: [record],
  questions: [
    { name: record.name, type: 'A' },
    { name: record.name, type: 'AAAA' },
    { name: domain, type: 'A' },
    { name: domain, type: 'AAAA' },
  ],
  judge: (look) => judgeAlias(look, domain, record, impact),
});

const judgeAlias = (
  look: Look,
  domain: string,
  record: WantedRecord,
  impact: 'now' | 'later' | 'never',
): Verdict => {
  const { name, level } = record;
  const v4 = dataAt(look, name, 'A');
  const v6 = dataAt(look, name, 'AAAA');
  if ('kind' in v4) return v4;
  if ('kind' in v6) return v6;
  if (v4.alias === domain) return FINE;
  const there = [...v4.data, ...v6.data].map(({ address }) => address);
  if (there.length === 0) return missing(name, 'CNAME', { level, impact, should: [domain] });
  const ours = [...addressesAt(look, domain, 'A'), ...addressesAt(look, domain, 'AAAA')];
  if (there.every((address) => ours.some((own) => sameAddress(own, address)))) return FINE;
  return differs({
    what: `${name} leads to another place than ${domain}`,
    impact,
    level,
    there: v4.alias === undefined ? there : [`CNAME ${v4.alias}`, ...there],
    should: [`CNAME ${domain}`],
    fix: `Change: ${name} CNAME ${domain}`,
  });
};

const addressesAt = (look: Look, name: string, type: 'A' | 'AAAA'): string[] => {
  const found = dataAt(look, name, type);
  return 'kind' in found ? [] : found.data.map(({ address }) => address);
};
