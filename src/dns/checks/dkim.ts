import { type Difference, differs, FINE, type Verdict } from '../finding.ts';
import type { WantedRecord } from '../records.ts';
import { listOf, parseTags, type Tags } from '../tags.ts';
import { type Check, dataAt, type Look, missing, textOf } from './check.ts';

/** The public key of a selector, however it is written (RFC 6376 section 3.6.1). */
export const dkimCheck = (record: WantedRecord): Check => ({
  topic: `${record.name} TXT`,
  records: [record],
  questions: [{ name: record.name, type: 'TXT' }],
  judge: (look) => judgeKey(look, record),
});

const judgeKey = (look: Look, record: WantedRecord): Verdict => {
  const { name, level } = record;
  // A key that does not sign yet breaks nothing yet.
  const impact = level === 'required' ? 'now' : 'never';
  const found = dataAt(look, name, 'TXT');
  if ('kind' in found) return found;
  const there = found.data.map(({ text }) => text);
  const should = [textOf(record)];
  if (there.length === 0) return missing(name, 'TXT', { level, impact, should });
  const problem = keyProblem(there, textOf(record));
  if (problem === undefined) return FINE;
  const fix = `Change: ${name} TXT ${should[0]}`;
  return differs({
    ...{ level, impact, there, should, fix },
    ...problem,
    what: `${name}: ${problem.what}`,
  });
};

/** The same while the key is not known: is there one that could verify anything? */
export const anyDkimCheck = (name: string): Check => ({
  topic: `${name} TXT`,
  records: [],
  questions: [{ name, type: 'TXT' }],
  judge: (look) => {
    const found = dataAt(look, name, 'TXT');
    if ('kind' in found) return found;
    const there = found.data.map(({ text }) => text);
    const problem = there.length === 0 ? undefined : keyProblem(there, undefined);
    if (problem === undefined) return FINE;
    return differs({
      ...{ level: 'required', impact: 'now', there, should: [], fix: `Remove: ${name} TXT` },
      ...problem,
      what: `${name}: ${problem.what}`,
    });
  },
});

/** A key that nothing on its way is signed with any more; whoever steals it could still sign. */
export const expiredDkimCheck = (name: string): Check => ({
  topic: `${name} TXT`,
  records: [],
  questions: [{ name, type: 'TXT' }],
  judge: (look) => {
    const found = dataAt(look, name, 'TXT');
    if ('kind' in found || found.data.length === 0) return FINE;
    return differs({
      what: `${name} holds a key that signs nothing any more`,
      impact: 'never',
      level: 'info',
      there: found.data.map(({ text }) => text),
      should: [],
      fix: `Remove: ${name} TXT, then run "cmdeploy dkim rotate --finish"`,
    });
  },
});

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
