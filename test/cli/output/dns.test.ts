import { beforeAll, describe, expect, test } from 'vitest';
import {
  displayDomain,
  findingLines,
  recordTable,
  reportJson,
  reportLines,
  waitingLine,
} from '../../../src/cli/output/dns.ts';
import { watchRecords } from '../../../src/cli/output/dns-watch.ts';
import { applyColourPreference } from '../../../src/cli/output/terminal.ts';
import type { Finding } from '../../../src/dns/finding.ts';
import type { WantedRecord } from '../../../src/dns/records.ts';
import type { RecordState, Report } from '../../../src/dns/report.ts';

const MX: WantedRecord = {
  name: 'chat.example',
  data: { type: 'MX', preference: 10, exchange: 'chat.example' },
  level: 'required',
  purpose: 'mail',
};
const SPF: WantedRecord = {
  name: 'chat.example',
  data: { type: 'TXT', text: 'v=spf1 a ~all' },
  level: 'recommended',
  purpose: 'SPF',
};

const report = (state: RecordState, findings: readonly Finding[] = []): Report => ({
  zone: 'example',
  servers: ['ns1.example (192.0.2.1)'],
  records: [
    { record: MX, state },
    { record: SPF, state: 'fine' },
  ],
  findings,
  worst: state === 'fine' ? undefined : 'required',
  visible: state === 'fine',
});

beforeAll(() => applyColourPreference('plain'));

test('a report for people', () => {
  const finding: Finding = {
    code: 'differs',
    level: 'required',
    impact: 'now',
    what: 'mail goes elsewhere',
    there: ['10 other.example'],
    should: ['10 chat.example'],
    fix: 'Change it',
  };
  expect(reportLines('chat.example', report('wrong', [finding]))).toEqual([
    'DNS of chat.example',
    'zone example, served by ns1.example (192.0.2.1)',
    '',
    'required:',
    '  WRONG  chat.example  MX  10 chat.example',
    '',
    'recommended:',
    '  ok  chat.example  TXT  v=spf1 a ~all',
    '',
    '[required] mail goes elsewhere',
    '  there: 10 other.example',
    '  should be: 10 chat.example',
    '  This breaks mail or logins now.',
    '  Change it',
    '',
    'Something required is missing or wrong.',
  ]);
});

test('records without a state are only listed', () => {
  expect(recordTable([{ record: MX }])).toEqual([
    '',
    'required:',
    '  chat.example  MX  10 chat.example',
  ]);
});

test('thousands of records, and control characters in them, do not reach the terminal', () => {
  const there = Array.from({ length: 3000 }, () => `\u001b[2J${'x'.repeat(5000)}`);
  const lines = findingLines([
    { code: 'differs', level: 'info', impact: 'never', what: 'many\nlines', there },
  ]);
  expect(lines.length).toBeLessThan(10);
  expect(lines.join('').length).toBeLessThan(4000);
  expect(lines).toContain('  ... and 2995 more');
  expect(lines.join('')).not.toContain('\u001b');
});

test('names outside ASCII are shown in both forms', () => {
  expect(displayDomain('xn--bcher-kva.example')).toBe('xn--bcher-kva.example (bücher.example)');
  expect(displayDomain('chat.example')).toBe('chat.example');
  expect(displayDomain('_chat.example')).toBe('_chat.example');
});

test('a report for programs', () => {
  expect(JSON.parse(JSON.stringify(reportJson('chat.example', report('missing'))))).toMatchObject({
    version: 1,
    domain: 'chat.example',
    unicode: 'chat.example',
    zone: 'example',
    state: 'required-missing',
    records: [
      { name: 'chat.example', type: 'MX', value: '10 chat.example', state: 'missing' },
      { type: 'TXT', state: 'fine' },
    ],
    findings: [],
  });
});

describe('waiting', () => {
  const watch = async (states: readonly RecordState[], quiet?: true) => {
    const written: string[] = [];
    const queue = states.map((state) => report(state));
    const next = async (): Promise<Report> => queue.shift() ?? report('fine');
    const stream = { write: (text: string) => written.push(text) };
    const last = await watchRecords(next, stream, { quiet, pauseMs: 1 });
    return { written, last };
  };

  test('prints a line for each change, until everything is there', async () => {
    const { written, last } = await watch(['missing', 'missing', 'spreading', 'fine']);
    expect(last.visible).toBe(true);
    expect(written).toEqual([
      '0 of 1 required records are visible; waiting for chat.example MX MISSING\n',
      '0 of 1 required records are visible; waiting for chat.example MX spreading\n',
    ]);
  });

  test('prints nothing beside JSON', async () => {
    expect((await watch(['missing', 'fine'], true)).written).toEqual([]);
  });

  test('tells when only the servers are in the way', () => {
    const lame: Finding = {
      code: 'lame-server',
      level: 'required',
      impact: 'now',
      what: 'ns1.example does not answer',
    };
    expect(waitingLine(report('fine', [lame]))).toBe(
      'the records are there, but ns1.example does not answer',
    );
  });
});
