import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { renderIni } from '../config/render.ts';
import { ensureBase, type Layer, type OnProgress } from './base.ts';
import { succeeds } from './command.ts';
import { serveZones } from './dns.ts';
import { LabError } from './errors.ts';
import { bootHost, hostProcesses, removeHost } from './host.ts';
import { ensureInotify } from './inotify.ts';
import { ensureLabKey, knownHostsText } from './keys.ts';
import { withLock } from './lock.ts';
import { domainOf, hostNameProblem } from './names.ts';
import { ensureBridge, freeNetwork } from './network.ts';
import { hostPaths, type LabPaths, labPaths } from './paths.ts';
import { CA_DIRECTORY_URL, ensurePebble, rootCertificates } from './pebble.ts';
import { ensureProxy } from './proxy.ts';
import { ensureRequirements } from './requirements.ts';
import { makeRoot } from './root.ts';
import {
  bridgeAddress,
  type DebianRelease,
  type LabHost,
  type LabState,
  readState,
  withAddresses,
  writeState,
} from './state.ts';
import { ensureWarmLayer } from './warm.ts';

export interface UpOptions {
  readonly names: readonly string[];
  readonly debian: DebianRelease;
  /** Packages that the hosts shall have from the start, from a cached layer. Default: none. */
  readonly warmPackages?: readonly string[];
  /** Keep what the hosts write on disk instead of in memory. */
  readonly disk?: boolean;
  /** Give the hosts domains for which the lab's authority issues certificates. */
  readonly acme?: boolean;
  readonly onProgress?: OnProgress;
}

/**
 * Brings up hosts, all at once, and the lab with them when there is none. A host that runs already
 * stays as it is. What a killed run has left is cleared away first.
 *
 * @returns the hosts of `names`, in that order
 * @throws LabError
 */
export const labUp = async (options: UpOptions): Promise<LabHost[]> => {
  const onProgress = options.onProgress ?? (() => undefined);
  const names = [...new Set(options.names)];
  for (const name of names) {
    const problem = hostNameProblem(name);
    if (problem !== undefined) throw new LabError(problem);
  }
  const acme = options.acme ?? false;
  await ensureRequirements(acme, onProgress);
  const base = await ensureBase(options.debian, onProgress);
  const packages = options.warmPackages ?? [];
  const layers =
    packages.length === 0 ? [base] : [await ensureWarmLayer(base, packages, onProgress), base];
  const lab = labPaths();
  return withLock(lab.id, async () => {
    const before = await startLab(lab, names, onProgress);
    refuseOtherKind(before, names, options.debian, acme);
    if (acme) await ensurePebble(lab, bridgeAddress(before));
    const missing = names.filter((name) => !before.hosts.some((host) => host.name === name));
    const state = await addHosts(lab, before, missing, { ...options, acme, layers, onProgress });
    return names.map((name) => found(state, name));
  });
};

const refuseOtherKind = (
  state: LabState,
  names: readonly string[],
  debian: DebianRelease,
  acme: boolean,
): void => {
  const other = state.hosts.find(
    ({ name, ...host }) =>
      names.includes(name) && (host.debian !== debian || host.domain !== domainOf(name, acme)),
  );
  if (other === undefined) return;
  throw new LabError(
    `${other.name} runs already, with Debian ${other.debian} as ${other.domain}; remove it first with "cmdeploy lab down ${other.name}"`,
  );
};

const found = (state: LabState, name: string): LabHost => {
  const host = state.hosts.find((candidate) => candidate.name === name);
  if (host === undefined) throw new LabError(`${name} did not come up`);
  return host;
};

/** Network, DNS and proxy, and addresses for `names`. @returns the state, running hosts only */
const startLab = async (
  lab: LabPaths,
  names: readonly string[],
  onProgress: OnProgress,
): Promise<LabState> => {
  await makeFolder(lab);
  const old = readState(lab) ?? {
    network: await freeNetwork(lab),
    serial: 0,
    addresses: {},
    hosts: [],
  };
  const hosts = old.hosts.filter((host) => hostProcesses(lab, host.name).length > 0);
  const state = {
    ...old,
    serial: nextSerial(old.serial),
    addresses: withAddresses(old.addresses, names),
    hosts,
  };
  await writeState(lab, state);
  await removeLeftovers(lab, state, onProgress);
  await ensureInotify(onProgress);
  await ensureBridge(lab, bridgeAddress(state));
  await Promise.all([serveZones(lab, state), ensureProxy(lab, bridgeAddress(state))]);
  return state;
};

/** DNS server and proxy run as users of their own; operators read the keys and configurations. */
const makeFolder = async (lab: LabPaths): Promise<void> => {
  await mkdir(lab.hosts, { recursive: true });
  await chmod(lab.dir, 0o755);
  if (await succeeds(['setpriv', '--reuid=nobody', '--clear-groups', 'ls', lab.hosts])) return;
  throw new LabError(
    `${lab.dir} lies in a folder that other users may not enter; set CMDEPLOY_LAB_DIR to one like /var/lib/cmdeploy-lab`,
  );
};

/** Unix time, or one more than the last when two changes fall into one second. */
const nextSerial = (last: number): number => Math.max(Math.floor(Date.now() / 1000), last + 1);

/** Folders of hosts that never came up or do not run any more. */
const removeLeftovers = async (
  lab: LabPaths,
  state: LabState,
  onProgress: OnProgress,
): Promise<void> => {
  for (const name of await readdir(lab.hosts)) {
    if (state.hosts.some((host) => host.name === name)) continue;
    onProgress(`${name}: removing what an earlier run has left`);
    await removeHost(lab, name);
  }
};

interface NewHosts {
  readonly debian: DebianRelease;
  readonly layers: readonly Layer[];
  readonly disk?: boolean;
  readonly acme: boolean;
  readonly onProgress: OnProgress;
}

/** Makes and boots the hosts and tells DNS and known_hosts of those that came up. */
const addHosts = async (
  lab: LabPaths,
  before: LabState,
  names: readonly string[],
  options: NewHosts,
): Promise<LabState> => {
  const authorizedKey = await ensureLabKey(lab);
  const results = await Promise.allSettled(
    names.map((name) => makeHost(lab, before, name, authorizedKey, options)),
  );
  const made = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const state = {
    ...before,
    serial: nextSerial(before.serial),
    hosts: [...before.hosts, ...made],
  };
  await announce(lab, state);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  return state;
};

/** Makes the state known: zones, known_hosts, and the file from which all others read it. */
export const announce = async (lab: LabPaths, state: LabState): Promise<void> => {
  await serveZones(lab, state);
  await writeFile(lab.knownHosts, knownHostsText(state.hosts));
  await writeState(lab, state);
};

/** A container sees the load of the whole machine, which making hosts and relays drives up. */
const labIni = (domain: string, acme: boolean): string =>
  renderIni({
    mail_domain: domain,
    max_load_1m: '1000',
    ...(acme ? { acme_directory_url: CA_DIRECTORY_URL } : {}),
  });

const makeHost = async (
  lab: LabPaths,
  state: LabState,
  name: string,
  authorizedKey: string,
  options: NewHosts,
): Promise<LabHost> => {
  const started = Date.now();
  const paths = hostPaths(lab, name);
  const address = `${state.network}.${state.addresses[name]}`;
  const domain = domainOf(name, options.acme);
  await mkdir(paths.dir, { recursive: true });
  const keys = await makeRoot(paths, {
    name,
    domain,
    address,
    gateway: bridgeAddress(state),
    layers: options.layers,
    disk: options.disk ?? false,
    authorizedKey,
    trusted: await rootCertificates(lab, bridgeAddress(state)),
  });
  if (!existsSync(paths.config)) await writeFile(paths.config, labIni(domain, options.acme));
  await bootHost(lab, name, address);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  options.onProgress(`${name}: Debian ${options.debian}, up at ${address} after ${seconds} s`);
  return { name, address, debian: options.debian, domain, config: paths.config, ...keys };
};
