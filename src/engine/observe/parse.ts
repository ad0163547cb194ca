/**
 * Reads the output of the observing script. The host may be hostile or broken: only names that
 * were asked for are taken, everything else is ignored, and an output without its end is refused.
 */
import type {
  Facts,
  FileFact,
  FileType,
  ListenerFact,
  Query,
  Stamp,
  SystemFacts,
  UnitFact,
  UserFact,
} from '../facts.ts';
import { APPLY_UNIT, STAMP_DIR } from '../layout.ts';
import { cut } from './cut.ts';
import { parseMachine } from './parse-machine.ts';
import { parseRecords } from './records.ts';
import { SECTION_MARK, SECTION_NAMES, type SectionName } from './script.ts';

/** The host's answer does not make sense. */
export class ObservationError extends Error {
  constructor(what: string) {
    super(`could not observe the host: ${what}`);
    this.name = 'ObservationError';
  }
}

/** @throws {ObservationError} when the output is cut short */
export const parseFacts = (output: string, query: Query): Facts => {
  const sections = splitSections(output);
  const section = (name: SectionName): readonly string[] => sections.get(name) ?? [];
  const units = parseUnits(section('units'));
  return {
    system: parseSystem(section('system')),
    packages: pick(query.packages, parsePackages(section('packages'))),
    files: pickFiles(query, parseFiles(section('files'), parseHashes(section('hashes')))),
    users: pick(query.users, parseUsers(section('users'))),
    units: pick(query.units, units),
    stamps: Object.fromEntries(parseStamps(section('stamps'))),
    listeners: section('listeners').flatMap(parseListener),
    preconditions: pick(
      query.preconditions.map(({ name }) => name),
      parsePreconditions(section('preconditions')),
    ),
    machine: parseMachine(section('machine')),
    records: parseRecords(section('records'), isAtWork(units.get(APPLY_UNIT))),
  };
};

/** A run that undoes itself is still at work. */
export const isAtWork = (unit: UnitFact | undefined): boolean =>
  ['active', 'activating', 'reloading', 'deactivating'].includes(unit?.active ?? '');

const splitSections = (output: string): Map<SectionName, string[]> => {
  const sections = new Map<SectionName, string[]>();
  let current: string[] | undefined;
  for (const line of output.split('\n')) {
    const name = SECTION_NAMES.find((candidate) => line === `${SECTION_MARK}${candidate}`);
    if (name && !sections.has(name)) {
      current = [];
      sections.set(name, current);
    } else if (line !== '') current?.push(line);
  }
  if (!sections.has('end')) throw new ObservationError('its answer ends early; run again');
  return sections;
};

const pick = <T>(names: readonly string[], found: ReadonlyMap<string, T>): Record<string, T> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = found.get(name);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );

const pickFiles = (
  { paths, trees }: Query,
  found: ReadonlyMap<string, FileFact>,
): Record<string, FileFact> => {
  const below = [...found.keys()].filter(
    (path) => trees.some((tree) => path.startsWith(`${tree}/`)) && !path.includes('/../'),
  );
  return pick([...new Set([...paths, ...below])], found);
};

const parseSystem = (lines: readonly string[]): SystemFacts => {
  const values = new Map(lines.map((line) => cut(line, ' ')));
  const text = (name: string): string => values.get(name) ?? '';
  const count = (name: string): number => Number.parseInt(text(name), 10) || 0;
  return {
    id: text('id'),
    version: text('version'),
    prettyName: text('name'),
    architecture: text('architecture'),
    systemd: text('systemd') === 'yes',
    uid: /^\d+$/.test(text('uid')) ? count('uid') : -1,
  };
};

const parsePackages = (lines: readonly string[]): Map<string, string> =>
  new Map(
    lines.flatMap((line) => {
      const [status, name, version] = line.split(' ');
      return status === 'installed' && name && version ? [[name, version] as const] : [];
    }),
  );

const FILE_TYPES: Readonly<Record<string, FileType>> = { f: 'file', d: 'directory', l: 'link' };

const parseFiles = (
  lines: readonly string[],
  hashes: ReadonlyMap<string, string>,
): Map<string, FileFact> =>
  new Map(
    lines.flatMap((line) => {
      const [type = '', user = '', group = '', mode = '', path = '', target = ''] =
        line.split('\t');
      const sha256 = hashes.get(path);
      const fact: FileFact = {
        type: FILE_TYPES[type] ?? 'other',
        user,
        group,
        mode: Number.parseInt(mode, 8),
        ...(sha256 === undefined ? {} : { sha256 }),
        ...(type === 'l' ? { target } : {}),
      };
      return path === '' ? [] : [[path, fact] as const];
    }),
  );

const parseHashes = (lines: readonly string[]): Map<string, string> =>
  new Map(
    lines.flatMap((line) => {
      const match = /^([0-9a-f]{64}) [ *](.+)$/.exec(line);
      return match ? [[match[2] ?? '', match[1] ?? ''] as const] : [];
    }),
  );

const parseUsers = (lines: readonly string[]): Map<string, UserFact> =>
  new Map(
    lines.map((line) => {
      const [name = '', home = '', groups = ''] = line.split('\t');
      return [name, { home, groups: groups.split(' ').filter((group) => group !== '') }] as const;
    }),
  );

/** `systemctl show` prints one `Property=value` a line, with `Id=` first for each unit. */
const parseUnits = (lines: readonly string[]): Map<string, UnitFact> => {
  const units = new Map<string, UnitFact>();
  let properties = new Map<string, string>();
  const keep = (): void => {
    const id = properties.get('Id');
    if (id === undefined) return;
    units.set(id, {
      load: properties.get('LoadState') ?? '',
      active: properties.get('ActiveState') ?? '',
      file: properties.get('UnitFileState') ?? '',
      needsDaemonReload: properties.get('NeedDaemonReload') === 'yes',
    });
  };
  for (const line of lines) {
    const [name, value] = cut(line, '=');
    if (properties.has(name)) {
      keep();
      properties = new Map();
    }
    properties.set(name, value);
  }
  keep();
  return units;
};

/** `/var/lib/.../stamps/UNIT:INPUT\tVALUE` */
const parseStamps = (lines: readonly string[]): Map<string, Stamp> => {
  const stamps = new Map<string, Record<string, string>>();
  for (const line of lines) {
    const match = /^([^:]+):([^\t]+)\t(.*)$/.exec(line.slice(STAMP_DIR.length + 1));
    if (!line.startsWith(`${STAMP_DIR}/`) || !match) continue;
    const [, name = '', input = '', value = ''] = match;
    stamps.set(name, { ...stamps.get(name), [input]: value });
  }
  return stamps;
};

const parseListener = (line: string): ListenerFact[] => {
  const [protocol, local = '', program = '', unit = ''] = line.split('\t');
  const match = /^(.*):(\d{1,5})$/.exec(local);
  if (!match || (protocol !== 'tcp' && protocol !== 'udp')) return [];
  return [{ protocol, address: match[1] ?? '', port: Number(match[2]), program, unit }];
};

/** `NAME\tWHAT IS WRONG` */
const parsePreconditions = (lines: readonly string[]): Map<string, string[]> => {
  const found = new Map<string, string[]>();
  for (const line of lines) {
    const [name, what] = cut(line, '\t');
    found.set(name, [...(found.get(name) ?? []), what]);
  }
  return found;
};
