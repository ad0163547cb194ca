/** A summary of what the world sees of the zone; `cmdeploy dns` tells it record by record. */
import type { DnsFact, StatusFacts } from '../facts.ts';
import { error, type Finding, type Item, warning } from '../finding.ts';
import { count } from '../text.ts';

export const checkDns = ({ dns }: StatusFacts): Item => ({
  name: 'dns',
  text: textOf(dns),
  findings: dns === undefined ? [] : findingsOf(dns),
});

const textOf = (dns: DnsFact | undefined): string => {
  if (dns === undefined) return 'not asked';
  const { state, servers, records, right, findings } = dns;
  if (state === 'none') return 'none is needed for an address';
  if (state === 'late') return 'not known: no answer while this look lasted';
  const asked = servers === 0 ? 'the resolver' : count(servers, 'server');
  const harmless = right < records && findings.every(({ impact }) => impact === 'never');
  const rest = harmless ? '; mail needs no more' : '';
  return `${right} of ${count(records, 'record')} right, by ${asked}${rest}`;
};

const DETAILS = 'see what to enter: cmdeploy dns';

/** What breaks nothing is left to `cmdeploy dns`. The rest in one finding for each level. */
const findingsOf = ({ state, findings }: DnsFact): Finding[] => {
  if (state === 'late')
    return [warning('DNS gave no answer in time', 'look without haste: cmdeploy dns')];
  const harmful = findings.filter(({ impact }) => impact !== 'never');
  const breaks = harmful.filter(({ level, impact }) => level === 'required' && impact === 'now');
  const rest = harmful.filter((finding) => !breaks.includes(finding));
  return [...summary(breaks, error), ...summary(rest, warning)];
};

const summary = (
  [first, ...more]: DnsFact['findings'],
  make: (what: string, fix: string) => Finding,
): Finding[] => {
  if (first === undefined) return [];
  const others = more.length === 0 ? '' : ` (and ${more.length} more)`;
  return [make(`${first.what}${others}`, DETAILS)];
};
