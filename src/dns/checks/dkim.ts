import { type Difference, differs, FINE, type Verdict } from '../finding.ts';
import type { WantedRecord } from '../records.ts';
import { listOf, parseTags, type Tags } from '../tags.ts';
import { type Check, dataAt, type Look, missing, textOf } from './check.ts';

/** The public key of the selector, however it is written (RFC 6376 section 3.6.1). */
export const dkimCheck = (record: WantedRecord): Check => ({
  topic: `${record.name} TXT`,
  records: [record],
  questions: [{ name: record.name, type: 'TXT' }],
  judge: (look) => judgeKey(look, record.name, textOf(record)),
});

/** The same while the key is not known: is there one that could verify anything? */
export const anyDkimCheck = (name: string): Check => ({
  topic: `${name} TXT`,
  records: [],
  questions: [{ name, type: 'TXT' }],
  judge: (look) => judgeKey(look, name, undefined),
});

const judgeKey = (look: Look, name: string, wanted: string | undefined): Verdict => {
  const found = dataAt(look, name, 'TXT');
  if ('kind' in found) return found;
  const there = found.data.map(({ text }) => text);
  const should = wanted === undefined ? [] : [wanted];
  if (there.length === 0 && wanted === undefined) return FINE;
  if (there.length === 0) return missing(name, 'TXT', { level: 'required', impact: 'now', should });
  const problem = keyProblem(there, wanted);
  if (problem === undefined) return FINE;
  return differs({
    level: 'required',
    impact: 'now',
    there,
    should,
    fix: wanted === undefined ? `Remove: ${name} TXT` : `Change: ${name} TXT ${wanted}`,
    ...problem,
    what: `${name}: ${problem.what}`,
  });
};

type Problem = Pick<Difference, 'what'> & Partial<Pick<Difference, 'level' | 'impact'>>;

const keyProblem = (there: readonly string[], wanted: string | undefined): Problem | undefined => {
  // Which of several a verifier takes is undefined (RFC 6376 section 3.6.2.2).
  if (there.length > 1)
    return {
      what: `there are ${there.length} TXT records, of which others may take the wrong one`,
    };
  const tags = parseTags(there[0] ?? '');
  if (tags === undefined) return { what: 'this is not a DKIM key' };
  const publicKey = withoutSpace(tags.get('p'));
  if (publicKey === '') return { what: 'the key is revoked (its p= is empty)' };
  const expected = wanted === undefined ? undefined : parseTags(wanted);
  if (publicKey === undefined) return { what: 'there is no p= with the key' };
  if (expected !== undefined && publicKey !== expected.get('p'))
    return { what: 'this is another key than the one the relay signs with' };
  return restrictionProblem(there[0] ?? '', tags);
};

const withoutSpace = (text: string | undefined): string | undefined => text?.replace(/\s+/g, '');

/** What the other tags may forbid. */
const restrictionProblem = (text: string, tags: Tags): Problem | undefined => {
  const version = tags.get('v');
  if (version !== undefined && (version !== 'DKIM1' || !/^\s*v\s*=/i.test(text)))
    return { what: 'v=DKIM1 must come first' };
  if ((tags.get('k') ?? 'rsa').toLowerCase() !== 'rsa') return { what: 'the key type is not rsa' };
  const services = listOf(tags.get('s') ?? '*');
  if (!services.includes('*') && !services.includes('email'))
    return { what: 's= does not allow e-mail' };
  const hashes = tags.get('h');
  if (hashes !== undefined && !listOf(hashes).includes('sha256'))
    return { what: 'h= does not allow sha256' };
  if (listOf(tags.get('t') ?? '').includes('y'))
    return {
      what: 't=y says that signatures are only being tested',
      level: 'recommended',
      impact: 'later',
    };
  return undefined;
};
