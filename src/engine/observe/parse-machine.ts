/** Reads what {@link machineScript} prints. The host may be hostile: what makes no sense is left out. */
import { isIP } from 'node:net';
import type {
  DiskFact,
  MachineFacts,
  MemoryFact,
  NameserverFact,
  OutboundFact,
} from '../machine-facts.ts';

/** timeout(1): the command was still running when the time was over. */
const TIMED_OUT = 124;

export const parseMachine = (lines: readonly string[]): MachineFacts => {
  const rows = lines.map((line) => line.split('\t'));
  const all = (name: string): string[][] =>
    rows.filter(([first]) => first === name).map((row) => row.slice(1));
  const one = (name: string): string => all(name)[0]?.[0] ?? '';
  const now = wholeNumber(one('now'));
  const memory = parseMemory(all('memory'));
  const container = one('container');
  const synchronised = one('synchronised');
  return {
    deployed: one('deployed') === 'yes',
    ...(now === undefined ? {} : { now }),
    ...(/^(yes|no)$/.test(synchronised) ? { clockSynchronised: synchronised === 'yes' } : {}),
    ...(memory === undefined ? {} : { memory }),
    disks: all('disk').flatMap(parseDisk),
    addresses: all('address').flatMap(parseAddress),
    routes: all('route').flatMap(([version]) =>
      version === '4' ? [4] : version === '6' ? [6] : [],
    ),
    reachedAt: all('reached-at').flatMap(parseAddress),
    ownNameResolves: one('own-name-resolves') === 'yes',
    nameservers: all('nameserver').flatMap(parseNameserver),
    outbound: all('outbound').flatMap(parseOutbound),
    ...(container === '' || container === 'none' ? {} : { container }),
    rebootRequired: one('reboot-required') === 'yes',
    ...(one('kernel') === '' ? {} : { kernel: one('kernel') }),
    kernels: all('installed-kernel').flatMap(([kernel = '']) => (kernel === '' ? [] : [kernel])),
  };
};

const wholeNumber = (text = ''): number | undefined =>
  /^\d{1,15}$/.test(text) ? Number(text) : undefined;

const parseMemory = (rows: readonly string[][]): MemoryFact | undefined => {
  const values = new Map(rows.map(([name = '', value]) => [name, wholeNumber(value)]));
  const totalKib = values.get('MemTotal:');
  const available = values.get('MemAvailable:');
  if (totalKib === undefined || available === undefined) return undefined;
  return { totalKib, availableKib: available + (values.get('SwapFree:') ?? 0) };
};

/** A file system without a fixed number of inodes has 0 of them. */
const parseDisk = ([free, inodes, allInodes, mount = '']: readonly string[]): DiskFact[] => {
  const freeKib = wholeNumber(free);
  const freeInodes = (wholeNumber(allInodes) ?? 0) > 0 ? wholeNumber(inodes) : undefined;
  if (freeKib === undefined || mount === '') return [];
  return [{ mount, freeKib, ...(freeInodes === undefined ? {} : { freeInodes }) }];
};

const parseAddress = ([address = '']: readonly string[]): string[] =>
  isIP(address) === 0 ? [] : [address];

const parseNameserver = ([address = '', answers]: readonly string[]): NameserverFact[] =>
  isIP(address.replace(/%.*$/, '')) === 0 ? [] : [{ address, answers: answers === 'yes' }];

const parseOutbound = ([host = '', code, reason = '']: readonly string[]): OutboundFact[] => {
  const status = wholeNumber(code);
  if (host === '' || status === undefined) return [];
  const silent = status === TIMED_OUT || reason === 'Connection timed out';
  return [{ host, result: status === 0 ? 'open' : silent ? 'filtered' : 'refused', reason }];
};
