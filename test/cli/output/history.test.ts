import chalk from 'chalk';
import { beforeAll, expect, test } from 'vitest';
import { historyJson, historyLines } from '../../../src/cli/output/history.ts';
import { sanitizeLine } from '../../../src/cli/output/sanitize.ts';
import type { RunRecord } from '../../../src/engine/history/journal.ts';
import type { History } from '../../../src/engine/history/read.ts';

beforeAll(() => {
  chalk.level = 0;
});

const run: RunRecord = {
  run: '20260101T080000000Z',
  started: '2026-01-01T08:00:00Z',
  ended: '2026-01-01T08:00:09Z',
  who: 'alice@laptop',
  from: '192.0.2.7',
  version: '1.2.3',
  summary: ['change /etc/a', 'restart a.service: /etc/a'],
  result: 'deployed',
  before: 4,
  generation: 5,
};
const history = (...runs: RunRecord[]): History => ({
  runs,
  current: 5,
  generations: [3, 4, 5],
  debian: 13,
  running: false,
  warnings: [],
});
const { result: _result, ended: _ended, ...unfinished } = run;

test('when, who, from where, version, what and how it ended', () => {
  expect(historyLines('alpha', history(run))).toEqual([
    'GENERATION  STARTED (UTC)     RESULT       BY',
    '         5  2026-01-01 08:00  deployed     alice@laptop, from 192.0.2.7, cmdeploy 1.2.3',
    '            change /etc/a; restart a.service: /etc/a',
    '',
    'Current generation: 5; kept for "cmdeploy rollback": 3, 4, 5',
  ]);
});

test('a rollback tells which one it deployed again; what was not kept has no number', () => {
  const lines = historyLines(
    'alpha',
    history({ ...run, as: 3 }, { ...run, result: 'rolled-back' }),
  );
  expect(lines[2]).toContain('as generation 3; change /etc/a');
  expect(lines[3]).toMatch(/^ {9}- {2}2026-01-01 08:00 {2}rolled back {2}alice/);
});

test('a run without its end is under way or was cut short', () => {
  const cut = history(unfinished, run, { ...unfinished });
  expect(historyLines('alpha', cut)[5]).toContain('cut short');
  expect(historyLines('alpha', { ...cut, running: true })[1]).toContain('cut short');
  expect(historyLines('alpha', { ...cut, running: true })[5]).toContain('under way');
});

test('what a damaged line took with it is a question mark', () => {
  const lines = historyLines('alpha', history({ run: 'x', summary: [], result: 'broken' }));
  expect(lines[1]).toBe(`${'-'.padStart(10)}  ?                 broken       ?`);
});

test('every line fits the terminal', () => {
  const long = { ...run, who: 'x'.repeat(90), summary: ['y'.repeat(300)] };
  for (const line of historyLines('alpha', history(long), 79)) {
    expect(line.length).toBeLessThanOrEqual(79);
  }
});

test('what stands in the file cannot drive the terminal', () => {
  const hostile = { ...run, who: '\u001b[2J\u0007evil', summary: ['a\nb\u001b]0;t\u0007'] };
  const text = historyLines('alpha', history(hostile)).join('');
  expect(text).toBe(sanitizeLine(text));
});

test('a host without history', () => {
  const { current: _, ...none } = { ...history(), generations: [] };
  expect(historyLines('alpha', none)).toEqual(['alpha: no run is on record there']);
});

test('warnings come last', () => {
  const lines = historyLines('alpha', { ...history(run), warnings: ['line 3 is damaged'] });
  expect(lines.at(-1)).toBe('WARNING: line 3 is damaged');
});

test('for machines', () => {
  expect(historyJson('alpha', 'chat.example', history(run, unfinished))).toEqual({
    version: 1,
    host: 'alpha',
    domain: 'chat.example',
    current: 5,
    generations: [3, 4, 5],
    runs: [
      {
        run: run.run,
        started: run.started,
        ended: run.ended,
        result: 'deployed',
        who: 'alice@laptop',
        from: '192.0.2.7',
        cmdeploy: '1.2.3',
        changes: run.summary,
        as: null,
        before: 4,
        generation: 5,
      },
      expect.objectContaining({ result: 'cut-short', ended: null, generation: null }),
    ],
    warnings: [],
  });
});
