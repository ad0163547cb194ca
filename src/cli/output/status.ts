/** A look at a relay, for people and for programs. */
import chalk from 'chalk';
import { type Finding, type Item, LEVELS, type Level, worst } from '../../health/finding.ts';
import type { RelayState, StatusReport } from '../../health/report.ts';
import { sanitizeLine } from './sanitize.ts';
import { shorten } from './width.ts';

const WORDS: Readonly<Record<Level, string>> = { ok: 'OK', warning: 'WARN', error: 'FAIL' };
const COLOURS = { ok: chalk.green, warning: chalk.yellow, error: chalk.red } as const;

const STATES: Readonly<Record<RelayState, string>> = {
  never: 'never deployed',
  'other-relay': 'another machine',
  unsupported: 'another machine',
  unrecorded: 'deployed',
  running: 'a run is under way',
  half: 'half deployed',
  'rolled-back': 'deployed, the last run was rolled back',
  broken: 'broken',
  stopped: 'stopped by hand',
  complete: 'deployed',
};

/** What there is to print into; a terminal's size, or nothing for files, where no line is cut. */
export interface Screen {
  readonly columns: number;
  readonly rows: number;
}

/**
 * `_a.test on 192.0.2.1: OK, deployed`, a line for each item, then the findings; the worst first in both.
 * Where the screen has no room for all of it, the items that are well share a line.
 */
export const statusLines = (report: StatusReport, screen?: Screen): string[] => {
  const findings = sortedFindings(report.items);
  // With an empty line before them.
  const needed = findings.reduce((sum, finding) => sum + findingLines(finding).length, 1);
  const rows = screen?.rows ?? Number.POSITIVE_INFINITY;
  const head = [headline(report), ...itemLines(report.items, rows - 1 - needed, screen)];
  const shown = fitting(findings, rows - head.length - 1, screen);
  const more = findings.length - shown.length;
  return [
    ...head,
    ...(findings.length > 0 ? [''] : []),
    ...shown.flat(),
    ...(more > 0 ? [`${more} more: cmdeploy status | less`] : []),
  ];
};

/** @param room for so many lines, if possible */
const itemLines = (items: readonly Item[], room: number, screen: Screen | undefined): string[] => {
  const rank = ({ findings }: Item): number => LEVELS.indexOf(worst(findings));
  const sorted = [...items].sort((a, b) => rank(b) - rank(a));
  const ill = sorted.filter((item) => rank(item) > 0).length;
  // One line is for those that share it.
  const own = sorted.length <= room ? sorted.length : Math.max(ill, room - 1);
  const folded = sorted.slice(own).map(({ name }) => name);
  const shared: Item = { name: 'and', text: folded.join(', '), findings: [] };
  const shown = folded.length > 1 ? [...sorted.slice(0, own), shared] : sorted;
  return shown.map((item) => itemLine(item, screen));
};

const headline = ({ host, domain, level, state }: StatusReport): string => {
  const where = host === domain ? domain : `${domain} on ${host}`;
  return `${chalk.bold(sanitizeLine(where))}: ${word(level)}, ${STATES[state]}`;
};

const word = (level: Level): string => COLOURS[level](WORDS[level]);

/** Widest name and word, and what stands between them. */
const NAME_COLUMNS = 13;
const WORD_COLUMNS = 5;

const itemLine = ({ name, text, findings }: Item, screen: Screen | undefined): string => {
  const level = worst(findings);
  const label = `${name}:`.padEnd(NAME_COLUMNS);
  const padding = ' '.repeat(WORD_COLUMNS - WORDS[level].length);
  const room = (screen?.columns ?? 0) - NAME_COLUMNS - WORD_COLUMNS;
  const line = sanitizeLine(text);
  return `${label}${word(level)}${padding}${screen ? shorten(line, room) : line}`;
};

interface NamedFinding extends Finding {
  readonly item: string;
}

const sortedFindings = (items: readonly Item[]): NamedFinding[] =>
  items
    .flatMap(({ name, findings }) => findings.map((finding) => ({ ...finding, item: name })))
    .sort((a, b) => LEVELS.indexOf(b.level) - LEVELS.indexOf(a.level));

/** As many findings as `room` lines take, with a line left for how many there are besides. */
const fitting = (
  findings: readonly NamedFinding[],
  room: number,
  screen: Screen | undefined,
): string[][] => {
  const shown: string[][] = [];
  let left = room;
  for (const [index, finding] of findings.entries()) {
    const lines = findingLines(finding).map((line) =>
      screen ? shorten(line, screen.columns) : line,
    );
    const needed = lines.length + (index === findings.length - 1 ? 0 : 1);
    if (needed > left) break;
    left -= lines.length;
    shown.push(lines.map((line) => colourFirstWord(line, finding.level)));
  }
  return shown;
};

const findingLines = ({ level, item, what, fix, log = [] }: NamedFinding): string[] => [
  `${WORDS[level].padEnd(WORD_COLUMNS)}${item}: ${sanitizeLine(what)}`,
  ...log.map((line) => `       | ${sanitizeLine(line)}`),
  `       ${sanitizeLine(fix)}`,
];

const colourFirstWord = (line: string, level: Level): string =>
  line.startsWith(WORDS[level])
    ? COLOURS[level](WORDS[level]) + line.slice(WORDS[level].length)
    : line;

/** For machines; `version` counts up when the meaning of a field changes. */
export const statusJson = (report: StatusReport): object => ({
  version: 1,
  host: report.host,
  domain: report.domain,
  time: new Date(report.facts.now).toISOString(),
  level: report.level,
  state: report.state,
  items: report.items.map(({ name, text, findings }) => ({
    name,
    level: worst(findings),
    text,
    findings,
  })),
  facts: report.facts,
});
