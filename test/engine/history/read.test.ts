import { expect, test } from 'vitest';
import { parseHistory } from '../../../src/engine/history/read.ts';
import { ObservationError } from '../../../src/engine/observe/parse.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const LINE = JSON.stringify({
  event: 'end',
  run: 'a',
  time: '2026-01-01T12:00:00Z',
  result: 'deployed',
  generation: 10,
});

test('a host with generations', () => {
  const output = [
    'debian 12',
    'active inactive',
    `current ${base64('10\n')}`,
    'generation 10',
    'generation 9',
    'generation 1.new',
    'generation 07',
    'lines 1',
    'bytes 100',
    `journal ${base64(`${LINE}\n`)}`,
    'end',
    '',
  ].join('\n');
  expect(parseHistory(output)).toEqual({
    runs: [
      {
        run: 'a',
        summary: [],
        ended: '2026-01-01T12:00:00Z',
        result: 'deployed',
        generation: 10,
      },
    ],
    current: 10,
    generations: [9, 10],
    debian: 12,
    running: false,
    warnings: [],
  });
});

test('a host that was never deployed to', () => {
  expect(parseHistory('debian \nactive inactive\nend\n')).toEqual({
    runs: [],
    generations: [],
    debian: 0,
    running: false,
    warnings: [],
  });
});

test.each(['active', 'activating', 'deactivating'])('a run is at work: %s', (active) => {
  expect(parseHistory(`active ${active}\nend\n`).running).toBe(true);
});

test.each(['', '12x', '\u001b[31m'])('a damaged number of the generation: %j', (text) => {
  const { current, warnings } = parseHistory(`current ${base64(text)}\nend\n`);
  expect(current).toBeUndefined();
  expect(warnings[0]).toContain('/var/lib/cmdeploy/generation is damaged');
});

test('of a long history the end is read, its lines numbered as in the file', () => {
  const tail = `half a line"}\n${LINE}\ndamaged\n`;
  const output = `lines 9000\nbytes 5000000\njournal ${base64(tail)}\nend\n`;
  const { runs, warnings } = parseHistory(output);
  expect(runs).toHaveLength(1);
  expect(warnings).toEqual([expect.stringContaining('line 9000 of the history')]);
});

test('an answer that is cut short', () => {
  expect(() => parseHistory('debian 12\n')).toThrow(ObservationError);
});
