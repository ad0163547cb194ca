/** DNS records and findings for people and for programs. */
import { domainToUnicode } from 'node:url';
import chalk from 'chalk';
import type { Finding } from '../../dns/finding.ts';
import { presentation, type WantedRecord } from '../../dns/records.ts';
import type { RecordState, Report } from '../../dns/report.ts';
import type { PlannedUpdate } from '../../dns/update/apply.ts';
import type { RecordEdit } from '../../dns/update/wire.ts';
import { sanitizeLine } from './sanitize.ts';

/** `xn--bcher-kva.example (bücher.example)`, so that both can be found in a provider's form. */
export const displayDomain = (domain: string): string => {
  const unicode = domainToUnicode(domain);
  return unicode === '' || unicode === domain ? domain : `${domain} (${sanitizeLine(unicode)})`;
};

const STATES: Readonly<Record<RecordState, { text: string; colour: (text: string) => string }>> = {
  fine: { text: 'ok', colour: chalk.green },
  spreading: { text: 'spreading', colour: chalk.cyan },
  wrong: { text: 'WRONG', colour: chalk.red },
  missing: { text: 'MISSING', colour: chalk.red },
  unknown: { text: '?', colour: chalk.yellow },
};

export interface TableRow {
  readonly record: WantedRecord;
  readonly state?: RecordState;
}

/** The records as a table; values are last and whole, one line each, as web forms take them. */
export const recordTable = (rows: readonly TableRow[]): string[] =>
  (['required', 'recommended'] as const).flatMap((level) => {
    const group = rows.filter(({ record }) => record.level === level);
    return group.length === 0 ? [] : ['', `${level}:`, ...tableLines(group)];
  });

const tableLines = (rows: readonly TableRow[]): string[] => {
  const width = (texts: readonly string[]): number => Math.max(...texts.map((text) => text.length));
  const states = rows.map(({ state }) => (state === undefined ? '' : STATES[state].text));
  const stateWidth = width(states);
  const nameWidth = width(rows.map(({ record }) => record.name));
  const typeWidth = width(rows.map(({ record }) => record.data.type));
  return rows.map(({ record, state }) => {
    const { name, data } = record;
    const shown =
      state === undefined ? '' : `${STATES[state].colour(STATES[state].text.padEnd(stateWidth))}  `;
    const value = sanitizeLine(presentation(data));
    return `  ${shown}${name.padEnd(nameWidth)}  ${data.type.padEnd(typeWidth)}  ${value}`;
  });
};

/** A whole report. */
export const reportLines = (domain: string, report: Report): string[] => [
  `DNS of ${displayDomain(domain)}`,
  ...zoneLines(report),
  ...recordTable(report.records),
  ...findingLines(report.findings),
  '',
  conclusion(report),
];

const zoneLines = ({ zone, servers }: Report): string[] =>
  zone === undefined
    ? []
    : [
        `zone ${sanitizeLine(zone || '.')}, served by ${sanitizeLine(servers.join(', ') || 'nobody')}`,
      ];

const MARKS = { required: chalk.red, recommended: chalk.yellow, info: chalk.dim } as const;

export const findingLines = (findings: readonly Finding[]): string[] =>
  findings.flatMap((finding) => [
    '',
    `${MARKS[finding.level](`[${finding.level}]`)} ${sanitizeLine(finding.what)}`,
    ...valueLines('there', finding.there),
    // For what is missing, the way to mend it says the same.
    ...(finding.code === 'missing' ? [] : valueLines('should be', finding.should)),
    ...(finding.level === 'info' ? [] : [`  ${IMPACTS[finding.impact]}`]),
    ...(finding.fix === undefined ? [] : [`  ${sanitizeLine(finding.fix)}`]),
    ...valueLines('said by', finding.servers),
  ]);

const IMPACTS = {
  now: 'This breaks mail or logins now.',
  later: 'This breaks mail or logins later, or for some.',
  never: 'This does not break mail between chatmail relays.',
  unknown: 'Whether mail or logins break cannot be told.',
} as const;

/** Zones may hold thousands of records. */
const MAX_VALUES = 5;
const MAX_VALUE_LENGTH = 600;

const valueLines = (title: string, values: readonly string[] = []): string[] => {
  const shown = values.slice(0, MAX_VALUES).map((value) => `  ${title}: ${cut(value)}`);
  const more = values.length - shown.length;
  return more > 0 ? [...shown, `  ... and ${more} more`] : shown;
};

const cut = (value: string): string => {
  const line = sanitizeLine(value);
  return line.length <= MAX_VALUE_LENGTH ? line : `${line.slice(0, MAX_VALUE_LENGTH)}…`;
};

const conclusion = ({ worst, records }: Report): string => {
  const spreads = records.some(({ state }) => state === 'spreading');
  if (worst === 'required') return chalk.red('Something required is missing or wrong.');
  const waiting = spreads ? ' Some of it is still spreading.' : '';
  return worst === 'recommended'
    ? `Everything required is there; something recommended is not.${waiting}`
    : chalk.green(`Everything is there.${waiting}`);
};

/** For machines; `version` counts up when the meaning of a field changes. */
export const reportJson = (domain: string, report: Report): unknown => ({
  version: 1,
  domain,
  unicode: domainToUnicode(domain) || domain,
  zone: report.zone ?? null,
  servers: report.servers,
  state: report.worst === undefined ? 'fine' : `${report.worst}-missing`,
  records: report.records.map(({ record, state }) => ({ ...recordJson(record), state })),
  findings: report.findings,
});

export const recordJson = ({ name, data, level, purpose }: WantedRecord): object => ({
  name,
  type: data.type,
  value: presentation(data),
  level,
  purpose,
});

/** One line about where things stand, for waiting. */
export const waitingLine = ({ records, findings }: Report): string => {
  const required = records.filter(({ record }) => record.level === 'required');
  const open = required.filter(({ state }) => state !== 'fine');
  if (open.length === 0)
    return `the records are there, but ${findings[0]?.what ?? 'not everywhere'}`;
  const names = open.map(
    ({ record, state }) => `${record.name} ${record.data.type} ${STATES[state].text}`,
  );
  return `${required.length - open.length} of ${required.length} required records are visible; waiting for ${names.join(', ')}`;
};

/** `chat.example MX 10 chat.example` */
export const recordLine = ({ name, data }: RecordEdit): string =>
  `${name} ${data.type} ${sanitizeLine(presentation(data))}`;

/** What an update takes out and puts in, one record a line. */
export const changeLines = ({ zone, remove, add }: PlannedUpdate): string[] => [
  `Changes in the zone ${sanitizeLine(zone || '.')}:`,
  ...remove.map((edit) => chalk.red(`- ${recordLine(edit)}`)),
  ...add.map((edit) => chalk.green(`+ ${recordLine(edit)}`)),
];
