import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import type { OnProgress } from './base.ts';
import { stopDns } from './dns.ts';
import { LabError } from './errors.ts';
import { removeExecNetworks } from './exec-network.ts';
import { removeHost } from './host.ts';
import { withLock } from './lock.ts';
import { unmountUnder } from './mounts.ts';
import { removeBridge } from './network.ts';
import { type LabPaths, labPaths } from './paths.ts';
import { stopPebble } from './pebble.ts';
import { stopProxy } from './proxy.ts';
import { readState } from './state.ts';
import { announce } from './up.ts';

/**
 * Removes the named hosts; without names, the whole lab, leaving no mount, link, namespace or
 * process, whatever state it is in. The cached images and packages stay.
 *
 * @throws LabError when a name is unknown or something does not stop in time
 */
export const labDown = async (
  names: readonly string[],
  onProgress: OnProgress = () => undefined,
): Promise<void> => {
  const lab = labPaths();
  await withLock(lab.id, async () => {
    const present = existsSync(lab.hosts) ? await readdir(lab.hosts) : [];
    const unknown = names.filter((name) => !present.includes(name));
    if (unknown.length > 0) {
      throw new LabError(`No such host in the lab: ${unknown.join(', ')}; see "cmdeploy lab list"`);
    }
    await removeHosts(lab, names.length === 0 ? present : names, onProgress);
    if (names.length === 0) return removeLab(lab, onProgress);
    const state = readState(lab);
    if (state === undefined) return;
    const hosts = state.hosts.filter((host) => !names.includes(host.name));
    await announce(lab, { ...state, serial: state.serial + 1, hosts });
  });
};

/** All at once; every host gets its turn before the first failure is reported. */
const removeHosts = async (
  lab: LabPaths,
  names: readonly string[],
  onProgress: OnProgress,
): Promise<void> => {
  const results = await Promise.allSettled(
    names.map(async (name) => {
      await removeHost(lab, name);
      onProgress(`${name}: gone`);
    }),
  );
  for (const result of results) if (result.status === 'rejected') throw result.reason;
};

const removeLab = async (lab: LabPaths, onProgress: OnProgress): Promise<void> => {
  await removeExecNetworks(lab);
  const stopped = await Promise.all([stopDns(lab), stopProxy(lab), stopPebble(lab)]);
  if (stopped.includes(false)) {
    throw new LabError(
      'DNS server, apt proxy or certificate authority of the lab have not stopped; try again',
    );
  }
  await removeBridge(lab);
  await unmountUnder(lab.dir);
  await removeFolder(lab);
  onProgress('the lab is gone');
};

/** The folder may be one that the user made for other things too: only the lab's files go. */
const removeFolder = async (lab: LabPaths): Promise<void> => {
  const ours = [
    lab.state,
    lab.key,
    `${lab.key}.pub`,
    lab.knownHosts,
    lab.updateKey,
    lab.dns,
    lab.proxy,
    lab.ca,
    lab.hosts,
  ];
  for (const path of ours) await rm(path, { recursive: true, force: true });
  if (existsSync(lab.dir) && (await readdir(lab.dir)).length === 0) {
    await rm(lab.dir, { recursive: true });
  }
};
