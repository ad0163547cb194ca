/**
 * Reads what the script of `script.ts` printed. The host may be hostile or broken: lines that are
 * not as expected are left out, an answer without its end is refused.
 */
import { parseJournal } from '../engine/history/journal.ts';
import { ObservationError } from '../engine/observe/parse.ts';
import { redact } from '../host/redact.ts';
import type {
  DeletionFact,
  MemoryFact,
  RunFact,
  ServiceFact,
  StatusFacts,
  UpdatesFact,
} from './facts.ts';
import { parseCertificate, parseNamedCertificate } from './parse-certificate.ts';
import { parseAccounts, parsePush, parseQueue, parseTraffic } from './parse-mail.ts';
import { given, unixTime, type Values, wholeNumber } from './parse-values.ts';
import { END_MARK, type StatusQuery } from './script.ts';

/** @throws {ObservationError} when the output is cut short */
export const parseStatus = (output: string, query: StatusQuery): StatusFacts => {
  const lines = output.trimEnd().split('\n');
  if (lines.at(-1) !== END_MARK) throw new ObservationError('its answer ends early; run again');
  const table = readTable(lines);
  const all = (word: string): readonly Values[] => table.get(word) ?? [];
  const first = (word: string): Values => all(word)[0] ?? [];
  const texts = (word: string): string[] => all(word).flatMap(([text]) => (text ? [text] : []));
  return {
    now: wholeNumber(first('now')[0]) ?? 0,
    ...given('container', container(first('container')[0])),
    ...given('clockSynchronised', yesNo(first('synchronised')[0])),
    ...given('mailDomain', first('mail-domain')[0]),
    runs: parseRuns(first('history')[0]),
    deletion: parseDeletion(all('deletion')),
    ...given('push', parsePush(first('push'))),
    notices: texts('notice'),
    services: parseServices(all('unit'), query.units),
    failedUnits: all('ill').flatMap(([unit, active]) =>
      unit && active === 'failed' ? [unit] : [],
    ),
    restarts: Object.fromEntries(all('restarts').flatMap(parseRestarts)),
    logs: parseLogs(all('log')),
    ...given('certificate', parseNamedCertificate(first('certificate')[0])),
    served: query.tlsPorts.map(({ port }) => {
      const line = all('tls').find(([name]) => name === String(port));
      const late = line?.[1] === 'late' ? true : undefined;
      return { port, ...given('certificate', parseCertificate(line?.[1])), ...given('late', late) };
    }),
    ...given('queue', parseQueue(first('queue'), all)),
    disks: all('disk').flatMap(parseDisk),
    ...given('memory', parseMemory(all('memory'))),
    ...given('load', parseLoad(first('load'))),
    cores: wholeNumber(first('cores')[0]) ?? 1,
    ...given('accounts', parseAccounts(first('accounts'))),
    noCreate: table.has('no-create'),
    ...given('traffic', parseTraffic(first('traffic'), all('refused'))),
    updates: parseUpdates(table.has('updates-known'), texts('security'), texts('lists')),
    rebootRequired: table.has('reboot-required'),
    ...given('kernel', first('kernel')[0] || undefined),
    kernels: texts('installed-kernel'),
  };
};

/** The lines by their first word. */
const readTable = (lines: readonly string[]): ReadonlyMap<string, Values[]> => {
  const table = new Map<string, Values[]>();
  for (const line of lines) {
    const [word = '', ...values] = line.split('\t');
    const rows = table.get(word);
    if (rows === undefined) table.set(word, [values]);
    else rows.push(values);
  }
  return table;
};

const yesNo = (text: string | undefined): boolean | undefined =>
  text === 'yes' ? true : text === 'no' ? false : undefined;

const container = (text: string | undefined): string | undefined =>
  text === undefined || text === '' || text === 'none' ? undefined : text;

/** Runs that are told of. */
const KEPT_RUNS = 10;

const parseRuns = (history = ''): RunFact[] =>
  parseJournal(Buffer.from(history, 'base64').toString('utf8'))
    .runs.slice(-KEPT_RUNS)
    .reverse()
    .map(({ run, started, who, version, result, generation }) => ({
      id: run,
      ...given('started', started === undefined ? undefined : Date.parse(started)),
      ...given('who', who),
      ...given('version', version),
      ...given('result', result),
      ...given('generation', generation),
    }));

/** `LastTriggerUSec=Mon 2026-11-23 02:12:22 UTC`; empty when it never was. */
const parseDeletion = (rows: readonly Values[]): DeletionFact => {
  const time = (property: string): number | undefined => {
    const line = rows.find(([text]) => text?.startsWith(`${property}=`))?.[0] ?? '';
    const [, day, clock] = / (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC$/.exec(line) ?? [];
    const parsed = Date.parse(`${day}T${clock}Z`);
    return Number.isNaN(parsed) ? undefined : parsed;
  };
  return {
    ...given('last', time('LastTriggerUSec')),
    ...given('next', time('NextElapseUSecRealtime')),
  };
};

/** `systemctl show` prints blocks of `Property=value`, parted by lines without a property. */
const parseServices = (
  rows: readonly Values[],
  wanted: readonly string[],
): Record<string, ServiceFact> => {
  const blocks: Map<string, string>[] = [new Map()];
  for (const [line = ''] of rows) {
    const at = line.indexOf('=');
    if (at < 0) blocks.push(new Map());
    else blocks.at(-1)?.set(line.slice(0, at), line.slice(at + 1));
  }
  const services = blocks.flatMap((block): (readonly [string, ServiceFact])[] => {
    const id = block.get('Id');
    if (id === undefined || !wanted.includes(id)) return [];
    const fact = {
      active: block.get('ActiveState') ?? '',
      sub: block.get('SubState') ?? '',
      load: block.get('LoadState') ?? '',
      ...given('stoppedAt', unixTime(block.get('InactiveEnterTimestamp')?.replace(/^@/, ''))),
      triggeredBy: (block.get('TriggeredBy') ?? '').split(' ').filter((unit) => unit !== ''),
    };
    return [[id, fact]];
  });
  return Object.fromEntries(services);
};

const parseRestarts = ([unit, count]: Values): (readonly [string, number])[] => {
  const times = wholeNumber(count);
  return unit && times !== undefined ? [[unit, times]] : [];
};

const parseLogs = (rows: readonly Values[]): Record<string, readonly string[]> => {
  const logs = new Map<string, string[]>();
  for (const [unit = '', ...words] of rows) {
    logs.set(unit, [...(logs.get(unit) ?? []), redact(words.join(' '))]);
  }
  return Object.fromEntries(logs);
};

const parseDisk = ([size, available, inodes, freeInodes, mount = '']: Values) => {
  const kib = wholeNumber(size);
  const free = wholeNumber(available);
  if (kib === undefined || free === undefined) return [];
  return [
    {
      mount,
      size: kib * 1024,
      available: free * 1024,
      inodes: wholeNumber(inodes) ?? 0,
      freeInodes: wholeNumber(freeInodes) ?? 0,
    },
  ];
};

const parseMemory = (rows: readonly Values[]): MemoryFact | undefined => {
  const value = (name: string): number | undefined => {
    const kib = wholeNumber(rows.find(([word]) => word === `${name}:`)?.[1]);
    return kib === undefined ? undefined : kib * 1024;
  };
  const total = value('MemTotal');
  const available = value('MemAvailable');
  if (total === undefined || available === undefined) return undefined;
  const [swapTotal = 0, swapFree = 0] = [value('SwapTotal'), value('SwapFree')];
  return { total, available, swapTotal, swapFree };
};

const parseLoad = (values: Values): StatusFacts['load'] => {
  const [one, five, fifteen] = values.map((text) =>
    /^\d{1,6}\.\d{1,4}$/.test(text) ? Number(text) : undefined,
  );
  if (one === undefined || five === undefined || fifteen === undefined) return undefined;
  return [one, five, fifteen];
};

const parseUpdates = (
  known: boolean,
  security: readonly string[],
  lists: readonly string[],
): UpdatesFact => {
  const times = lists.flatMap((text) => unixTime(text) ?? []);
  return {
    ...(known ? { security } : {}),
    ...(times.length > 0 ? { listsAt: Math.max(...times) } : {}),
  };
};
