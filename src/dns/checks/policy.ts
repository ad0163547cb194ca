/** What other servers shall think of mail in the relay's name: SPF, DMARC, ADSP, MTA-STS. */
import { differs, FINE, UNKNOWN, type Verdict } from '../finding.ts';
import type { WantedRecord } from '../records.ts';
import type { RelayFacts } from '../relay-records.ts';
import { isSpf, spfVerdict } from '../spf.ts';
import { parseTags } from '../tags.ts';
import { type Check, dataAt, type Look, missing, textOf } from './check.ts';

/** How a policy is found among the TXT records of a name and what is asked of it. */
interface TextPolicy {
  readonly called: string;
  readonly matches: (text: string) => boolean;
  /** What is wrong with the only one, in words; undefined when it will do. */
  readonly problem: (text: string, look: Look) => string | undefined;
  readonly impact: 'now' | 'later' | 'never';
}

const textCheck = (record: WantedRecord, policy: TextPolicy): Check => ({
  topic: `${record.name} TXT (${policy.called})`,
  records: [record],
  questions: [{ name: record.name, type: 'TXT' }],
  judge: (look) => judgeText(look, record, policy),
});

const judgeText = (look: Look, record: WantedRecord, policy: TextPolicy): Verdict => {
  const { name, level } = record;
  const found = dataAt(look, name, 'TXT');
  if ('kind' in found) return found;
  const texts = found.data.map(({ text }) => text);
  const there = texts.filter(policy.matches);
  const should = [textOf(record)];
  const { impact, called } = policy;
  if (there.length === 0) return missing(name, `TXT (${called})`, { level, impact, should });
  const fix = `Change: ${name} TXT ${should[0]}`;
  if (there.length > 1) {
    const what = `${name} has ${there.length} ${called} records, so that others heed none of them`;
    return differs({ what, impact, level, there, should, fix });
  }
  const problem = policy.problem(there[0] ?? '', look);
  if (problem === undefined) return FINE;
  return differs({ what: `${name}: ${problem}`, impact, level, there, should, fix });
};

/** Chatmail relays do not ask for SPF; the mail servers of others do. */
export const spfCheck = ({ domain, addresses }: RelayFacts, record: WantedRecord): Check => {
  const known = [...(addresses.v4 ?? []), ...(addresses.v6 ?? [])];
  const check = textCheck(record, {
    called: 'SPF',
    matches: isSpf,
    problem: (text, look) =>
      spfProblem(text, domain, known.length > 0 ? known : seen(look, domain)),
    impact: 'never',
  });
  const questions = (['A', 'AAAA'] as const).map((type) => ({ name: domain, type }));
  const judge = (look: Look): Verdict => (isAlias(look, domain) ? UNKNOWN : check.judge(look));
  return { ...check, questions: [...check.questions, ...questions], judge };
};

/** The addresses that the zone has, when the relay's own are not known. */
const seen = (look: Look, domain: string): string[] =>
  (['A', 'AAAA'] as const).flatMap((type) => {
    const found = dataAt(look, domain, type);
    return 'kind' in found ? [] : found.data.map(({ address }) => address);
  });

const isAlias = (look: Look, name: string): boolean => {
  const found = look(name, 'TXT');
  return found.kind === 'elsewhere' || ('alias' in found && found.alias !== undefined);
};

const spfProblem = (
  text: string,
  domain: string,
  addresses: readonly string[],
): string | undefined => {
  switch (spfVerdict(text, { domain, addresses })) {
    case 'invalid':
      return 'the SPF record has a mistake in it, so that it fails for everyone';
    case 'not permitted':
      return 'the SPF record does not permit the relay to send';
    default:
      // Where a part would have to be looked up it may well permit.
      return undefined;
  }
};

const STRENGTH = ['none', 'quarantine', 'reject'];

/** RFC 7489 section 6.3. */
export const dmarcCheck = (record: WantedRecord): Check =>
  textCheck(record, {
    called: 'DMARC',
    matches: (text) => /^v\s*=\s*DMARC1\s*(;|$)/i.test(text),
    problem: dmarcProblem,
    impact: 'never',
  });

const dmarcProblem = (text: string): string | undefined => {
  const tags = parseTags(text);
  const policy = tags?.get('p')?.toLowerCase();
  if (tags === undefined || policy === undefined || !STRENGTH.includes(policy))
    return 'the DMARC record has no valid p=';
  if (policy !== 'reject') return `p=${policy} lets forgeries through`;
  if (Number(tags.get('pct') ?? '100') < 100) return 'pct= lets a part of all forgeries through';
  if (tags.get('adkim')?.toLowerCase() !== 's' || tags.get('aspf')?.toLowerCase() !== 's')
    return 'without adkim=s and aspf=s, subdomains may send in the name of the relay';
  return undefined;
};

/** RFC 5617 section 4.2. */
export const adspCheck = (record: WantedRecord): Check =>
  textCheck(record, {
    called: 'ADSP',
    matches: (text) => /^\s*dkim\s*=/i.test(text),
    problem: (text) =>
      parseTags(text)?.get('dkim')?.toLowerCase() === 'discardable'
        ? undefined
        : 'it does not say dkim=discardable',
    impact: 'never',
  });

/** Any valid id will do: only that it changes with the policy matters (RFC 8461 section 3.1). */
export const mtaStsCheck = (record: WantedRecord): Check =>
  textCheck(record, {
    called: 'MTA-STS',
    matches: (text) => /^v\s*=\s*STSv1\s*(;|$)/.test(text),
    problem: (text) =>
      /^[A-Za-z0-9]{1,32}$/.test(parseTags(text)?.get('id') ?? '')
        ? undefined
        : 'its id= must be 1 to 32 letters and digits',
    impact: 'later',
  });

/** A policy that servers are told to insist on, while the certificate is one that they refuse. */
export const noMtaStsCheck = (domain: string): Check => ({
  topic: `_mta-sts.${domain} TXT`,
  records: [],
  questions: [{ name: `_mta-sts.${domain}`, type: 'TXT' }],
  judge: (look) => {
    const found = dataAt(look, `_mta-sts.${domain}`, 'TXT');
    if ('kind' in found || found.data.length === 0) return FINE;
    return differs({
      what: `_mta-sts.${domain} makes other servers insist on a certificate of an authority, which this relay does not have`,
      impact: 'never',
      level: 'info',
      there: found.data.map(({ text }) => text),
      should: [],
      fix: `Remove: _mta-sts.${domain} TXT`,
    });
  },
});
