import { describe, expect, test } from 'vitest';
import { parseJournal } from '../../../src/engine/history/journal.ts';

const start = (run: string, time: string, more: object = {}) =>
  JSON.stringify({
    event: 'start',
    run,
    time,
    generation: 1,
    from: '192.0.2.1',
    info: { who: 'alice@laptop', version: '1.2.3', summary: ['change /etc/a'] },
    ...more,
  });
const end = (run: string, time: string, more: object = {}) =>
  JSON.stringify({ event: 'end', run, time, result: 'deployed', generation: 2, ...more });
const lines = (...all: string[]) => all.map((line) => `${line}\n`).join('');

const MORNING = '2026-01-01T08:00:00Z';
const NOON = '2026-01-01T12:00:00Z';

test('two lines are one run', () => {
  expect(parseJournal(lines(start('a', MORNING), end('a', NOON)))).toEqual({
    runs: [
      {
        run: 'a',
        started: MORNING,
        ended: NOON,
        who: 'alice@laptop',
        version: '1.2.3',
        summary: ['change /etc/a'],
        from: '192.0.2.1',
        before: 1,
        result: 'deployed',
        generation: 2,
      },
    ],
    warnings: [],
  });
});

test('a run without its end has no result; a first one came from nothing', () => {
  const [run] = parseJournal(lines(start('a', MORNING, { generation: null }))).runs;
  expect(run).not.toHaveProperty('result');
  expect(run).not.toHaveProperty('before');
});

test('the order is that of the lines; a clock that was set back is told', () => {
  const { runs, warnings } = parseJournal(
    lines(start('b', NOON), end('b', NOON), start('a', MORNING), end('a', MORNING)),
  );
  expect(runs.map(({ run }) => run)).toEqual(['b', 'a']);
  expect(warnings).toEqual([
    `line 3 of the history is of ${MORNING}, after one of ${NOON}: the clock was set back`,
  ]);
});

test('an end that was written twice counts as written last', () => {
  const { runs } = parseJournal(
    lines(start('a', MORNING), end('a', NOON, { result: 'broken' }), end('a', NOON)),
  );
  expect(runs).toMatchObject([{ run: 'a', result: 'deployed', who: 'alice@laptop' }]);
});

describe('a damaged line is named and passed over', () => {
  test.each([
    ['torn', '{"event":"start","run":"b'],
    ['zeros', '\0\0\0'],
    ['a list', '[]'],
    ['null', 'null'],
    ['an unknown event', '{"event":"pause"}'],
    ['a number of another kind', end('b', NOON, { generation: 1.5 })],
    ['an unknown result', end('b', NOON, { result: 'fine' })],
    ['no time', end('b', 'yesterday')],
    ['a name without end', end('b'.repeat(501), NOON)],
  ])('%s', (_, damage) => {
    const { runs, warnings } = parseJournal(
      lines(start('a', MORNING), damage, end('a', NOON)),
      101,
    );
    expect(runs).toHaveLength(1);
    expect(runs[0]).toMatchObject({ run: 'a', result: 'deployed' });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('line 102 of the history cannot be read and was passed over');
  });

  test('what is left of a run whose beginning is damaged is shown', () => {
    const { runs, warnings } = parseJournal(lines('{"event":', end('a', NOON)));
    expect(runs).toEqual([
      { run: 'a', summary: [], ended: NOON, result: 'deployed', generation: 2 },
    ]);
    expect(warnings).toHaveLength(1);
  });

  test('names of objects are names like others', () => {
    const { runs } = parseJournal(lines(start('__proto__', NOON), end('constructor', NOON)));
    expect(runs.map(({ run }) => run)).toEqual(['__proto__', 'constructor']);
  });
});

test('no history is an empty one', () => {
  expect(parseJournal('')).toEqual({ runs: [], warnings: [] });
});
