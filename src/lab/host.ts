import { readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { constants } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Argv } from '../host/host.ts';
import { removeCgroups, startDaemon } from './daemon.ts';
import { LabError } from './errors.ts';
import { mountsOf, unmountUnder } from './mounts.ts';
import { type HostPaths, hostPaths, type LabPaths } from './paths.ts';
import { findProcesses, processIds, readProc, signal, terminate, waitForEnd } from './processes.ts';

const STOP_TIMEOUT_MS = 60_000;
const SSH_TIMEOUT_MS = 90_000;

/** Cgroup or scope, and nspawn's machine name: two labs may have hosts of the same name. */
const machineName = (lab: LabPaths, name: string): string => `${lab.id}-${name}`;
const unitName = (lab: LabPaths, name: string): string => `cmlab-${machineName(lab, name)}`;

const nspawn = (lab: LabPaths, name: string): Argv => [
  'systemd-nspawn',
  '--quiet',
  '--register=no',
  '--keep-unit',
  '--boot',
  '--settings=no',
  '--resolv-conf=off',
  '--timezone=off',
  '--link-journal=no',
  `--machine=${machineName(lab, name)}`,
  `--hostname=${name}`,
  `--network-bridge=${lab.bridge}`,
  directoryOption(hostPaths(lab, name)),
];

const directoryOption = (paths: HostPaths): string => `--directory=${paths.root}`;

/** The host's nspawn, at most one; none when the host is not running. */
export const hostProcesses = (lab: LabPaths, name: string): number[] =>
  findProcesses('systemd-nspawn', directoryOption(hostPaths(lab, name)));

/** Boots the host whose root is mounted and waits until its sshd answers. */
export const bootHost = async (lab: LabPaths, name: string, address: string): Promise<void> => {
  const paths = hostPaths(lab, name);
  await startDaemon(unitName(lab, name), nspawn(lab, name), paths.console);
  const deadline = Date.now() + SSH_TIMEOUT_MS;
  while (!(await sshAnswers(address))) {
    const ended =
      hostProcesses(lab, name).length === 0 && Date.now() > deadline - SSH_TIMEOUT_MS + 2000;
    if (ended || Date.now() > deadline) {
      const log = await readFile(paths.console, 'utf8');
      const what = ended ? 'ended while booting' : `has no ssh after ${SSH_TIMEOUT_MS / 1000} s`;
      throw new LabError(
        `${name} ${what}. Its console said:\n${log.split('\n').slice(-20).join('\n')}`,
      );
    }
    await sleep(50);
  }
};

/** Whether an SSH server greets at port 22 (RFC 4253 section 4.2). */
const sshAnswers = (address: string): Promise<boolean> =>
  new Promise((done) => {
    const socket = connect({ host: address, port: 22, timeout: 1000 });
    const finish = (answer: boolean) => () => {
      socket.destroy();
      done(answer);
    };
    socket.once('data', (data) => finish(data.toString('latin1').startsWith('SSH-'))());
    socket.once('timeout', finish(false));
    socket.once('error', finish(false));
    socket.once('close', finish(false));
  });

/**
 * Stops the host and removes all that is left of it, whatever state it is in.
 *
 * @throws LabError when it does not stop in time; it is left as it is, because killing nspawn
 *   would leave its processes running
 */
export const removeHost = async (lab: LabPaths, name: string): Promise<void> => {
  const paths = hostPaths(lab, name);
  const pids = hostProcesses(lab, name);
  if (!(await terminate(pids, STOP_TIMEOUT_MS))) {
    throw new LabError(
      `${name} (systemd-nspawn, process ${pids.join(', ')}) has not stopped within ${STOP_TIMEOUT_MS / 1000} s; try again`,
    );
  }
  await stopOrphans(paths);
  await unmountUnder(paths.dir);
  await removeCgroups(unitName(lab, name));
  await rm(paths.dir, { recursive: true, force: true });
};

/** Asks systemd as process 1 to power off (systemd(1), "Signals"); Node has no names for these. */
const SIGRTMIN_PLUS_4 = 34 + 4;

/**
 * Processes of a host whose nspawn was killed: those whose root is the host's. Its process 1 is
 * asked to power off; when it does not, killing it ends all the others.
 */
const stopOrphans = async (paths: HostPaths): Promise<void> => {
  const upper = `upperdir=${join(paths.upper, 'data')}`;
  const orphans = processIds().filter((pid) =>
    mountsOf(pid).some((mount) => mount.target === '/' && mount.options.includes(upper)),
  );
  const inits = orphans.filter((pid) => /^NSpid:.*\t1$/m.test(readProc(`/proc/${pid}/status`)));
  for (const init of inits) signal(init, SIGRTMIN_PLUS_4);
  if (await waitForEnd(orphans, STOP_TIMEOUT_MS)) return;
  for (const init of inits) signal(init, constants.signals.SIGKILL);
  if (await waitForEnd(orphans, 5000)) return;
  throw new LabError(`Processes in ${paths.root} cannot be stopped: ${orphans.join(', ')}`);
};
