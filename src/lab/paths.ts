import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';

/** Bases and packages, shared by all labs of this machine and kept when a lab ends. */
export const CACHE_DIR = '/var/cache/cmdeploy-lab';

/** Locks live outside of the lab folder, so that `down` can remove it while holding one. */
export const LOCK_DIR = '/run/cmdeploy-lab';

/** Everything that belongs to one lab, derived from its folder. */
export interface LabPaths {
  readonly dir: string;
  /** Six hex digits of the folder's hash: keeps the names of two labs on one machine apart. */
  readonly id: string;
  readonly bridge: string;
  readonly state: string;
  readonly key: string;
  readonly knownHosts: string;
  /** TSIG key that may change the zones of the hosts, in BIND's syntax. */
  readonly updateKey: string;
  readonly dns: string;
  readonly proxy: string;
  /** The certificate authority's. */
  readonly ca: string;
  readonly hosts: string;
}

/** The lab folder: `CMDEPLOY_LAB_DIR`, by default `/var/lib/cmdeploy-lab`. */
export const labDir = (): string =>
  resolve(process.env['CMDEPLOY_LAB_DIR'] || '/var/lib/cmdeploy-lab');

export const labPaths = (dir: string = labDir()): LabPaths => {
  const id = createHash('sha256').update(dir).digest('hex').slice(0, 6);
  return {
    dir,
    id,
    bridge: `cmlab-${id}`,
    state: join(dir, 'lab.json'),
    key: join(dir, 'id_ed25519'),
    knownHosts: join(dir, 'known_hosts'),
    updateKey: join(dir, 'update.key'),
    dns: join(dir, 'dns'),
    proxy: join(dir, 'proxy'),
    ca: join(dir, 'ca'),
    hosts: join(dir, 'hosts'),
  };
};

/** The folder of one host inside the lab. */
export interface HostPaths {
  readonly dir: string;
  /** The mounted root file system of the host. */
  readonly root: string;
  /** What the host has written; a tmpfs or a folder. */
  readonly upper: string;
  readonly config: string;
  readonly console: string;
}

export const hostPaths = (lab: LabPaths, name: string): HostPaths => {
  const dir = join(lab.hosts, name);
  return {
    dir,
    root: join(dir, 'root'),
    upper: join(dir, 'upper'),
    config: join(dir, 'chatmail.ini'),
    console: join(dir, 'console.log'),
  };
};
