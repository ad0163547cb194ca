import { stripVTControlCharacters } from 'node:util';
import chalk from 'chalk';
import { beforeAll, describe, expect, test } from 'vitest';
import { statusJson, statusLines } from '../../../src/cli/output/status.ts';
import { watchStatus } from '../../../src/cli/output/status-watch.ts';
import { widthOf } from '../../../src/cli/output/width.ts';
import { type Finding, type Item, worst } from '../../../src/health/finding.ts';
import type { StatusReport } from '../../../src/health/report.ts';
import { healthy } from '../../health/facts.ts';

beforeAll(() => {
  chalk.level = 0;
});

const report = (
  items: readonly Item[],
  state: StatusReport['state'] = 'complete',
): StatusReport => ({
  host: 'a.example',
  domain: 'a.example',
  state,
  level: worst(items.flatMap(({ findings }) => findings)),
  items,
  facts: healthy,
});

const item = (name: string, text: string, ...findings: Finding[]): Item => ({
  name,
  text,
  findings,
});
const down: Finding = { level: 'error', what: 'x.service failed', fix: 'start it', log: ['boom'] };
const old: Finding = { level: 'warning', what: 'two updates', fix: 'install them' };

describe('statusLines', () => {
  test('one line for each item, one word for how it is', () => {
    expect(statusLines(report([item('queue', 'empty'), item('accounts', '12')]))).toEqual([
      'a.example: OK, deployed',
      'queue:       OK   empty',
      'accounts:    OK   12',
    ]);
  });

  test('findings come worst first, with the last words and the fix', () => {
    const lines = statusLines(
      report([item('updates', '2', old), item('units', '1 of 2', down)], 'half'),
    );
    expect(lines).toEqual([
      'a.example: FAIL, half deployed',
      'units:       FAIL 1 of 2',
      'updates:     WARN 2',
      '',
      'FAIL units: x.service failed',
      '       | boom',
      '       start it',
      'WARN updates: two updates',
      '       install them',
    ]);
  });

  test('what is well shares a line where the screen has no room', () => {
    const well = Array.from({ length: 18 }, (_, index) => item(`well${index}`, 'fine'));
    const lines = statusLines(report([...well, item('units', '1 of 2', down, old, old)]), {
      columns: 79,
      rows: 23,
    });
    expect(lines).toHaveLength(23);
    expect(lines[1]).toMatch(/^units:/);
    expect(lines.filter((line) => line.startsWith('and:'))).toHaveLength(1);
    expect(lines.filter((line) => line.includes('two updates'))).toHaveLength(2);
  });

  test('fits a terminal of 80x24, whatever there is to tell', () => {
    const items = Array.from({ length: 14 }, (_, index) =>
      item(`item${index}`, 'long '.repeat(50), down, { ...old, what: 'very '.repeat(50) }),
    );
    const lines = statusLines(report(items), { columns: 79, rows: 23 });
    expect(lines.length).toBeLessThanOrEqual(23);
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(79);
    expect(lines.at(-1)).toMatch(/^\d+ more: cmdeploy status \| less$/);
  });

  test('a host cannot move the cursor or make lines of its own', () => {
    const evil = { ...down, what: 'a\u001b[2Jb\nOK all is well', log: ['\u001b]0;x\u0007\rOK'] };
    const lines = statusLines(report([item('units', 'x\u001b[1A\n', evil)]));
    expect(lines.join('')).not.toMatch(/\p{Cc}/u);
    expect(lines.filter((line) => line.startsWith('OK'))).toEqual([]);
  });

  test('reads the same with colours', () => {
    const plain = statusLines(report([item('units', '1 of 2', down)]));
    chalk.level = 1;
    const coloured = statusLines(report([item('units', '1 of 2', down)]));
    chalk.level = 0;
    expect(coloured.join('\n')).not.toBe(plain.join('\n'));
    expect(coloured.map(stripVTControlCharacters)).toEqual(plain);
  });
});

test('JSON holds the version, the level of each item and the facts', () => {
  expect(statusJson(report([item('updates', '2', old)]))).toMatchObject({
    version: 1,
    level: 'warning',
    state: 'complete',
    time: '2026-11-22T20:00:00.000Z',
    items: [{ name: 'updates', level: 'warning', text: '2', findings: [old] }],
    facts: { accounts: { total: 12 } },
  });
});

describe('watchStatus', () => {
  const watch = async (
    looks: readonly (StatusReport | Error)[],
    mode: 'plain' | 'terminal' | 'json',
  ) => {
    const stop = new AbortController();
    const written: string[] = [];
    const stream = { columns: 80, rows: 24, write: (text: string) => written.push(text) };
    let next = 0;
    const look = async (): Promise<StatusReport | Error> => {
      const result = looks[next++];
      if (result !== undefined) return result;
      stop.abort();
      return new Error('was interrupted');
    };
    const last = await watchStatus(look, { mode, stream, signal: stop.signal, pauseMs: 1 });
    return { last, written };
  };
  const fine = report([item('queue', 'empty')]);

  test('redraws a terminal, and clears nothing elsewhere', async () => {
    const { written } = await watch([fine, fine], 'terminal');
    expect(written).toHaveLength(2);
    expect(written[0]).toContain('\u001b[2J');
    expect((await watch([fine], 'plain')).written[0]).not.toContain('\u001b');
  });

  test('goes on after a look that failed; what was interrupted does not count', async () => {
    const { last, written } = await watch([new Error('no route'), fine], 'plain');
    expect(written[0]).toContain('FAIL unreachable: no route');
    expect(last).toBe(fine);
  });

  test('prints one JSON object a line', async () => {
    const { written } = await watch([fine, new Error('no route')], 'json');
    const objects = written.map((text) => JSON.parse(text) as { level: string });
    expect(objects.map(({ level }) => level)).toEqual(['ok', 'unreachable']);
  });
});
