/** What runs did to a host, for people and for programs. */
import chalk from 'chalk';
import type { RunRecord } from '../../engine/history/journal.ts';
import type { History } from '../../engine/history/read.ts';
import type { Result } from '../../engine/history/record.ts';
import { sanitizeLine } from './sanitize.ts';
import { shorten } from './width.ts';

/** How a run stands: its result, or why it has none. */
type Standing = Result | 'under-way' | 'cut-short';

const COLOURS: Readonly<Record<Standing, (text: string) => string>> = {
  deployed: chalk.green,
  'rolled-back': chalk.yellow,
  broken: chalk.red,
  'under-way': chalk.cyan,
  'cut-short': chalk.red,
};

const standingOf = (history: History, run: RunRecord): Standing =>
  run.result ?? (history.running && run === history.runs.at(-1) ? 'under-way' : 'cut-short');

/**
 * Two lines a run, the newest last: `5  2026-11-22 18:30  deployed  alice@laptop, cmdeploy 0.1.0`,
 * and below what it changed.
 *
 * @param columns to cut lines at; by default they are left whole
 */
export const historyLines = (
  host: string,
  history: History,
  columns = Number.POSITIVE_INFINITY,
): string[] => {
  const { runs, warnings } = history;
  const lines =
    runs.length === 0
      ? [`${host}: no run is on record there`]
      : [chalk.bold(HEADER), ...runs.flatMap((run) => runLines(history, run, columns))];
  return [
    ...lines,
    ...generationLines(history).map((line) => shorten(line, columns)),
    ...warnings.map((warning) => chalk.yellow(`WARNING: ${sanitizeLine(warning)}`)),
  ];
};

const HEADER = 'GENERATION  STARTED (UTC)     RESULT       BY';
const INDENT = ' '.repeat(12);

const runLines = (history: History, run: RunRecord, columns: number): string[] => {
  const standing = standingOf(history, run);
  const word = standing.replace('-', ' ');
  const head = [
    generationOf(run).padStart(10),
    minute(run.started ?? run.ended).padEnd(16),
    word.padEnd(11),
    byWhom(run),
  ];
  const line = shorten(sanitizeLine(head.join('  ')), columns);
  const changes = sanitizeLine(changesOf(run));
  return [
    line.replace(word, () => COLOURS[standing](word)),
    ...(changes === '' ? [] : [shorten(`${INDENT}${changes}`, columns)]),
  ];
};

const generationOf = ({ result, generation }: RunRecord): string =>
  result === 'deployed' && generation !== undefined ? String(generation) : '-';

/** `2026-11-22 18:30` */
const minute = (time: string | undefined): string =>
  time === undefined ? '?' : time.slice(0, 16).replace('T', ' ');

const byWhom = ({ who = '?', version, from }: RunRecord): string =>
  [
    who,
    ...(from === undefined ? [] : [`from ${from}`]),
    ...(version === undefined ? [] : [`cmdeploy ${version}`]),
  ].join(', ');

const changesOf = ({ as, summary }: RunRecord): string =>
  [...(as === undefined ? [] : [`as generation ${as}`]), ...summary].join('; ');

const generationLines = ({ current, generations, runs }: History): string[] => {
  if (runs.length === 0 && generations.length === 0) return [];
  const now = current === undefined ? 'not known' : String(current);
  const kept = generations.length === 0 ? 'none' : generations.join(', ');
  return ['', `Current generation: ${now}; kept for "cmdeploy rollback": ${kept}`];
};

/** For machines; `version` counts up when the meaning of a field changes. */
export const historyJson = (host: string, domain: string, history: History): object => ({
  version: 1,
  host,
  domain,
  current: history.current ?? null,
  generations: history.generations,
  runs: history.runs.map((run) => ({
    run: run.run,
    started: run.started ?? null,
    ended: run.ended ?? null,
    result: standingOf(history, run),
    who: run.who ?? null,
    from: run.from ?? null,
    cmdeploy: run.version ?? null,
    changes: run.summary,
    as: run.as ?? null,
    before: run.before ?? null,
    generation: run.result === 'deployed' ? (run.generation ?? null) : null,
  })),
  warnings: history.warnings,
});
