import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run, succeeds } from './command.ts';
import { LabError } from './errors.ts';
import { type Lock, tryLock } from './lock.ts';
import type { LabPaths } from './paths.ts';
import { signal, terminate, waitForEnd } from './processes.ts';
import { bridgeAddress, FIRST_EXEC, LAST_EXEC, type LabState } from './state.ts';

/** A network namespace on the lab's bridge, as a machine of its own. */
export interface ExecNetwork {
  readonly namespace: string;
  readonly address: string;
  /** Ends what still runs in it and removes it. */
  remove(): Promise<void>;
}

/** ip(8) puts the files of this folder over those in /etc for what it starts in the namespace. */
const etcOf = (namespace: string): string => join('/etc/netns', namespace);
const prefixOf = (lab: LabPaths): string => `${lab.bridge}-`;

/** @throws LabError when all addresses for `lab exec` are in use */
export const makeExecNetwork = async (lab: LabPaths, state: LabState): Promise<ExecNetwork> => {
  const { number, lock } = await claimNumber(lab);
  const namespace = `${prefixOf(lab)}${number}`;
  const address = `${state.network}.${number}`;
  const remove = async () => {
    await removeNamespace(namespace);
    await lock.release();
  };
  try {
    await removeNamespace(namespace);
    await connectNamespace(lab, namespace, `${lab.id}-x${number}`, address);
    await writeEtc(namespace, bridgeAddress(state));
  } catch (error) {
    await remove();
    throw error;
  }
  return { namespace, address, remove };
};

const lockOf = (lab: LabPaths, number: number): string => `${lab.id}-${number}`;

/** A number belongs to the `lab exec` that holds its lock, so that several can run at once. */
const claimNumber = async (lab: LabPaths): Promise<{ number: number; lock: Lock }> => {
  for (let number = FIRST_EXEC; number <= LAST_EXEC; number += 1) {
    const lock = await tryLock(lockOf(lab, number), 0);
    if (lock !== undefined) return { number, lock };
  }
  throw new LabError(`${LAST_EXEC - FIRST_EXEC + 1} "lab exec" run already: no address is left`);
};

const connectNamespace = async (
  lab: LabPaths,
  namespace: string,
  veth: string,
  address: string,
): Promise<void> => {
  await run(['ip', 'netns', 'add', namespace]);
  const peer = ['peer', 'name', 'eth0', 'netns', namespace] as const;
  await run(['ip', 'link', 'add', veth, 'type', 'veth', ...peer]);
  await run(['ip', 'link', 'set', veth, 'master', lab.bridge, 'up']);
  await run(['ip', '-netns', namespace, 'address', 'add', `${address}/24`, 'dev', 'eth0']);
  await run(['ip', '-netns', namespace, 'link', 'set', 'eth0', 'up']);
  await run(['ip', '-netns', namespace, 'link', 'set', 'lo', 'up']);
};

const writeEtc = async (namespace: string, dns: string): Promise<void> => {
  await mkdir(etcOf(namespace), { recursive: true });
  await writeFile(join(etcOf(namespace), 'resolv.conf'), `nameserver ${dns}\n`);
  const nsswitch = '/etc/nsswitch.conf';
  if (!existsSync(nsswitch)) return;
  const text = withoutLocalResolvers(readFileSync(nsswitch, 'utf8'));
  await writeFile(join(etcOf(namespace), 'nsswitch.conf'), text);
};

/** nsswitch.conf(5) in which names come from /etc/hosts and DNS, not from a daemon of this machine. */
export const withoutLocalResolvers = (nsswitch: string): string =>
  nsswitch.replace(/^hosts:.*$/m, 'hosts: files dns');

const removeNamespace = async (namespace: string): Promise<void> => {
  if (existsSync(join('/run/netns', namespace))) {
    await endProcesses(namespace);
    await run(['ip', 'netns', 'delete', namespace]);
  }
  await rm(etcOf(namespace), { recursive: true, force: true });
  if (existsSync('/etc/netns')) await succeeds(['rmdir', '/etc/netns']);
};

const endProcesses = async (namespace: string): Promise<void> => {
  const { stdout } = await run(['ip', 'netns', 'pids', namespace], { okCodes: [0, 1] });
  const pids = stdout.split('\n').filter(Boolean).map(Number);
  if (await terminate(pids, 3000)) return;
  for (const pid of pids) signal(pid, 'SIGKILL');
  await waitForEnd(pids, 3000);
};

/**
 * Removes all of a lab, whoever made them. One that is in use is its `lab exec`'s to remove: what
 * runs in it is ended, again and again because it may only be about to start, until the lock is free.
 *
 * @throws LabError when one stays in use
 */
export const removeExecNetworks = async (lab: LabPaths): Promise<void> => {
  const listed = ['/run/netns', '/etc/netns'].flatMap((dir) =>
    existsSync(dir) ? readdirSync(dir) : [],
  );
  const ours = new Set(listed.filter((name) => name.startsWith(prefixOf(lab))));
  for (const namespace of ours) {
    const lock = await endExec(lab, namespace);
    await removeNamespace(namespace);
    await lock.release();
  }
};

const endExec = async (lab: LabPaths, namespace: string): Promise<Lock> => {
  const number = Number(namespace.slice(prefixOf(lab).length));
  for (let attempt = 0; attempt < 10; attempt += 1) {
    await endProcesses(namespace);
    const lock = await tryLock(lockOf(lab, number), 1);
    if (lock !== undefined) return lock;
  }
  throw new LabError(`A "lab exec" does not end; see "ip netns pids ${namespace}"`);
};
