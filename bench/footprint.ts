/** What a relay takes: memory when idle and with 200 idle IMAP connections, packages, disk. */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { cmdeploy, type LabHost } from '../test/support/cmdeploy.ts';
import { idling, makeAccounts } from './support/accounts.ts';
import { note, type Report, runBench } from './support/bench.ts';
import {
  type DiskUse,
  diskUse,
  imapProcesses,
  type Memory,
  memoryByUnit,
} from './support/host-use.ts';
import { hostUp, relayIni } from './support/lab.ts';
import { mebibytes, type Table } from './support/table.ts';

/** After the start, until what was only needed for it is given back. */
const SETTLE_MS = 30_000;
/** Dovecot hibernates a connection after 30 s; until all of them are. */
const HIBERNATION_TIMEOUT_MS = 120_000;

interface Numbers {
  readonly connections: number;
}

/** Memory with `count` connections in IDLE, each of an account of its own, all hibernated. */
const memoryWithConnections = async (relay: LabHost, count: number): Promise<Memory> => {
  const logins = await makeAccounts(relay, count, 10);
  const connections = await Promise.all(logins.map((login) => idling(relay, login)));
  try {
    note(`${count} connections are in IDLE; waiting until they hibernate`);
    const deadline = Date.now() + HIBERNATION_TIMEOUT_MS;
    for (let awake = count; awake > 0; awake = await imapProcesses(relay)) {
      if (Date.now() > deadline) throw new Error(`${awake} connections do not hibernate`);
      await sleep(5000);
    }
    return await memoryByUnit(relay);
  } finally {
    for (const connection of connections) connection.abort();
  }
};

const MAX_INSTANCES = '/proc/sys/fs/inotify/max_user_instances';

/** Lab hosts share this machine's kernel. Without inotify Dovecot polls, and never hibernates. */
const refuseFewInstances = async (connections: number): Promise<void> => {
  const needed = connections + 100;
  const instances = Number(await readFile(MAX_INSTANCES, 'latin1'));
  if (instances >= needed) return;
  throw new Error(
    `this machine has ${instances} inotify instances per user, too few for ${connections} IMAP processes; ` +
      `run: sysctl -w fs.inotify.max_user_instances=${needed}`,
  );
};

const bench = async ({
  debian,
  numbers,
}: {
  readonly debian: '12' | '13';
  readonly numbers: Numbers;
}): Promise<Report> => {
  await refuseFewInstances(numbers.connections);
  // Without a warm layer: pages of files that other hosts use too would count only in part.
  const host = await hostUp('relay', debian);
  const bare = { disk: await diskUse(host), memory: await memoryByUnit(host) };
  note('first run');
  await cmdeploy(['run', '--config', await relayIni(host.domain)]);
  const disk = await diskUse(host);
  await sleep(SETTLE_MS);
  const idle = await memoryByUnit(host);
  const loaded = await memoryWithConnections(host, numbers.connections);
  return {
    tables: [
      memoryTable({ bare: bare.memory, idle, loaded }, numbers.connections),
      diskTable(bare.disk, disk),
    ],
    figures: { bare, disk, idle, loaded },
  };
};

interface Memories {
  readonly bare: Memory;
  readonly idle: Memory;
  readonly loaded: Memory;
}

const total = (memory: Memory, units: readonly string[] = Object.keys(memory)): number =>
  units.reduce((sum, unit) => sum + (memory[unit] ?? 0), 0);

const memoryTable = (memories: Memories, connections: number): Table => {
  const { bare, idle, loaded } = memories;
  const row = (name: string, of: (memory: Memory) => number) => [
    name,
    ...[bare, idle, loaded].map((memory) => mebibytes(of(memory))),
  ];
  const units = [...new Set([bare, idle, loaded].flatMap(Object.keys))].sort();
  const added = units.filter((unit) => !(unit in bare));
  return {
    title: 'Memory (PSS), MiB',
    columns: ['unit', 'bare host', 'relay, idle', `${connections} idle connections`],
    rows: [
      ...units.map((unit) => row(unit, (memory) => memory[unit] ?? 0)),
      row('all units that the relay added', (memory) => total(memory, added)),
      row('the whole host', (memory) => total(memory)),
    ],
  };
};

const diskTable = (before: DiskUse, after: DiskUse): Table => {
  const row = (name: string, of: (use: DiskUse) => number) => [
    name,
    ...[of(before), of(after), of(after) - of(before)],
  ];
  const inMebibytes = (of: (use: DiskUse) => number) => (use: DiskUse) =>
    Math.round(of(use) / 1024);
  return {
    title: 'Packages, and disk in MiB',
    columns: ['', 'before', 'after', 'added'],
    rows: [
      row('packages', (use) => use.packages),
      row(
        'their Installed-Size',
        inMebibytes((use) => use.installedKib),
      ),
      row(
        'used according to df',
        inMebibytes((use) => use.usedKib),
      ),
      row(
        '  of which downloaded packages and package lists',
        inMebibytes((use) => use.aptKib),
      ),
    ],
  };
};

await runBench('footprint', { connections: 200 }, bench);
