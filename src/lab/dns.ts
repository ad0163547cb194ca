import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run, succeeds } from './command.ts';
import { removeCgroups, startDaemon } from './daemon.ts';
import { LabError } from './errors.ts';
import { ensureUpdateKey, UPDATE_KEY_ALGORITHM, UPDATE_KEY_NAME } from './keys.ts';
import type { LabPaths } from './paths.ts';
import { findProcesses, terminate } from './processes.ts';
import { bridgeAddress, type LabState } from './state.ts';
import { labZones, type Zone } from './zone.ts';

const configOf = (lab: LabPaths): string => join(lab.dns, 'knot.conf');
const controlSocket = (lab: LabPaths): string => join(lab.dns, 'knot.sock');

const zoneFile = (zone: Pick<Zone, 'name'>): string =>
  `${zone.name === '.' ? 'root' : zone.name}zone`;

const knotConfig = (
  lab: LabPaths,
  address: string,
  zones: readonly Zone[],
  secret: string,
): string => `server:
  listen: ${address}@53
  rundir: ${lab.dns}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
  user: knot:knot
control:
  listen: ${controlSocket(lab)}
database:
  storage: ${join(lab.dns, 'db')}
log:
  - target: stderr
    any: info
key:
  - id: ${UPDATE_KEY_NAME}
    algorithm: ${UPDATE_KEY_ALGORITHM}
    secret: ${secret}
acl:
  - id: update
    key: ${UPDATE_KEY_NAME}
    action: update
template:
  - id: default
    storage: ${lab.dns}
    zonefile-load: whole
    zonefile-sync: -1
    journal-content: none
  - id: dynamic
    storage: ${lab.dns}
    zonefile-load: whole
    zonefile-sync: 0
    journal-content: none
    acl: update
zone:
${zones.map(zoneConfig).join('')}`;

const zoneConfig = ({ name, dynamic }: Zone): string =>
  `  - domain: ${name}\n${dynamic ? '    template: dynamic\n' : ''}    file: ${zoneFile({ name })}\n`;

/** Writes the zones of `state` and has them served when this returns. */
export const serveZones = async (lab: LabPaths, state: LabState): Promise<void> => {
  const zones = labZones(state);
  await mkdir(join(lab.dns, 'db'), { recursive: true });
  for (const zone of zones) await writeZone(lab, zone);
  const secret = await ensureUpdateKey(lab);
  await replaceFile(configOf(lab), knotConfig(lab, bridgeAddress(state), zones, secret));
  await run(['chown', '--recursive', 'knot:knot', lab.dns]);
  if (dnsProcesses(lab).length === 0) return startKnot(lab);
  await control(lab, 'reload');
  await control(lab, 'zone-reload');
};

/** A dynamic zone stays as its operator has changed it, until it would begin as another one. */
const writeZone = async (lab: LabPaths, zone: Zone): Promise<void> => {
  const file = join(lab.dns, zoneFile(zone));
  const origin = `${file}.origin`;
  if (zone.dynamic && existsSync(file) && readText(origin) === zone.text) return;
  await replaceFile(file, zone.text);
  if (zone.dynamic) await replaceFile(origin, zone.text);
};

const readText = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');

const replaceFile = async (path: string, text: string): Promise<void> => {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
};

const control = async (lab: LabPaths, command: 'reload' | 'zone-reload'): Promise<void> => {
  await run(['knotc', '--socket', controlSocket(lab), '--blocking', command]);
};

const startKnot = async (lab: LabPaths): Promise<void> => {
  const log = join(lab.dns, 'knotd.log');
  await startDaemon(unitOf(lab), ['knotd', '--config', configOf(lab)], log);
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const status = ['knotc', '--socket', controlSocket(lab), 'zone-status', 'test.'] as const;
    if (await succeeds(status)) return;
    await sleep(50);
  }
  throw new LabError(`The lab's DNS server does not answer; see ${log}`);
};

const unitOf = (lab: LabPaths): string => `${lab.bridge}-dns`;

const dnsProcesses = (lab: LabPaths): number[] => findProcesses('knotd', configOf(lab));

/** @returns whether it ended in time */
export const stopDns = async (lab: LabPaths): Promise<boolean> => {
  if (!(await terminate(dnsProcesses(lab), 10_000))) return false;
  await removeCgroups(unitOf(lab));
  return true;
};
