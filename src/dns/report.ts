/** From what the servers said to findings: pure. */
import type { Check, Look } from './checks/check.ts';
import type { Finding, Verdict } from './finding.ts';
import type { Level, WantedRecord } from './records.ts';
import { serverFindings } from './server-findings.ts';
import type { Survey } from './survey.ts';
import type { View } from './view.ts';

/** `spreading`: right at the source, but resolvers still remember what was there before. */
export type RecordState = 'fine' | 'spreading' | 'wrong' | 'missing' | 'unknown';

export interface RecordReport {
  readonly record: WantedRecord;
  readonly state: RecordState;
}

export interface Report {
  readonly zone: string | undefined;
  readonly servers: readonly string[];
  readonly records: readonly RecordReport[];
  readonly findings: readonly Finding[];
  /** The gravest level among the findings; undefined when everything is fine. */
  readonly worst: Level | undefined;
  /** Whether every record is right on every server that was asked and answers. */
  readonly visible: boolean;
}

interface Opinion {
  readonly who: string;
  readonly verdict: Verdict;
}

export const buildReport = (checks: readonly Check[], survey: Survey): Report => {
  const judged = checks.map((check) => judge(check, survey));
  const findings = sortFindings([
    ...judged.flatMap(({ findings: some }) => some),
    ...serverFindings(survey),
  ]);
  const levels = findings.map(({ level }) => level);
  const worst = (['required', 'recommended'] as const).find((level) => levels.includes(level));
  const records = judged.flatMap(({ check, state }) =>
    check.records.map((record) => ({ record, state })),
  );
  const required = records.filter(({ record }) => record.level === 'required');
  return {
    zone: survey.authority.zone,
    servers: survey.authoritative.map(({ view }) => view.who),
    records,
    findings,
    worst,
    visible: worst !== 'required' && required.every(({ state }) => state === 'fine'),
  };
};

const ORDER: readonly Finding['level'][] = ['required', 'recommended', 'info'];

const sortFindings = (findings: readonly Finding[]): Finding[] =>
  [...findings].sort((one, other) => ORDER.indexOf(one.level) - ORDER.indexOf(other.level));

interface Judged {
  readonly check: Check;
  readonly state: RecordState;
  readonly findings: readonly Finding[];
}

const judge = (check: Check, survey: Survey): Judged => {
  const sources = survey.authoritative.map(({ view }) => view);
  const caches = [...(survey.resolver ? [survey.resolver] : []), ...survey.publicResolvers];
  const atSource = opinions(check, sources, survey);
  const inCaches = opinions(check, caches, survey);
  const basis = atSource.length > 0 ? atSource : inCaches;
  const findings = differences(check, basis);
  if (basis.length === 0) return { check, state: 'unknown', findings: [] };
  if (findings.length > 0) return { check, state: stateOf(basis), findings };
  const stale = atSource.length > 0 ? inCaches.filter(({ verdict }) => isOff(verdict)) : [];
  if (stale.length === 0) return { check, state: 'fine', findings: [] };
  return { check, state: 'spreading', findings: [spreading(check, stale, caches)] };
};

/** What those think of it who can say something. */
const opinions = (check: Check, views: readonly View[], survey: Survey): Opinion[] =>
  views
    .map((view) => ({ who: view.who, verdict: check.judge(lookWithResolver(view, survey)) }))
    .filter(({ verdict }) => verdict.kind !== 'unknown');

/** Where a CNAME leads out of what a server knows, the resolver follows it. */
const lookWithResolver =
  (view: View, { resolver }: Survey): Look =>
  (name, type) => {
    const found = view.lookup(name, type);
    return found.kind === 'elsewhere' && resolver !== undefined
      ? resolver.lookup(name, type)
      : found;
  };

const isOff = (verdict: Verdict): boolean => verdict.kind === 'differs' && verdict.level !== 'info';

const stateOf = (basis: readonly Opinion[]): RecordState => {
  const off = basis.flatMap(({ verdict }) => (verdict.kind === 'differs' ? [verdict] : []));
  if (!off.some(isOff)) return 'fine';
  return off.every(({ there }) => there.length === 0) ? 'missing' : 'wrong';
};

/** One finding for each thing that is said; with the names of who says it when others do not. */
const differences = (check: Check, basis: readonly Opinion[]): Finding[] => {
  const groups = new Map<string, { finding: Finding; servers: string[] }>();
  for (const { who, verdict } of basis) {
    if (verdict.kind !== 'differs') continue;
    const { kind: _, ...difference } = verdict;
    const key = JSON.stringify({ ...difference, there: [...difference.there].sort() });
    const code = difference.there.length === 0 ? 'missing' : 'differs';
    const group = groups.get(key) ?? { finding: { code, ...difference }, servers: [] };
    group.servers.push(who);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ finding, servers }) =>
    servers.length === basis.length
      ? finding
      : {
          ...finding,
          code: 'servers-disagree',
          what: `${finding.what} (on ${servers.length} of ${basis.length} servers: they disagree about ${check.topic})`,
          servers,
        },
  );
};

const spreading = (check: Check, stale: readonly Opinion[], caches: readonly View[]): Finding => {
  const who = stale.map((opinion) => opinion.who);
  const ttls = caches
    .filter((view) => who.includes(view.who))
    .flatMap((view) => check.questions.map(({ name, type }) => view.ttl(name, type) ?? 0));
  const seconds = Math.max(0, ...ttls);
  const until = seconds === 0 ? 'until it forgets that there was none' : `for up to ${seconds} s`;
  return {
    code: 'spreading',
    level: 'info',
    impact: 'later',
    what: `${check.topic} is right on the zone's servers, but ${who.join(' and ')} still remembers what was there before, ${until}`,
    servers: who,
  };
};
