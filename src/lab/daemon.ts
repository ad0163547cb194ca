import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import type { Argv } from '../host/host.ts';
import { run, SYSTEM_PATH } from './command.ts';

/** Whether systemd runs this machine (sd_booted(3)). */
const systemdRuns = (): boolean => existsSync('/run/systemd/system');

/**
 * Where the machine's systemd would keep its own cgroups. Without systemd we make one for each host:
 * two systemd in one cgroup would take each other's services for their own.
 */
const CGROUP_ROOTS = ['/sys/fs/cgroup/systemd', '/sys/fs/cgroup/unified', '/sys/fs/cgroup'];

const usableCgroupRoots = (): string[] =>
  CGROUP_ROOTS.filter((root) => existsSync(`${root}/cgroup.procs`));

const cgroupPaths = (unit: string): string[] =>
  usableCgroupRoots().map((root) => `${root}/${unit}`);

/** Joins the cgroups named before `--`, then becomes the command after it. */
const JOIN = 'while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs"; shift; done; shift; exec "$@"';

/**
 * Starts a process that outlives this one, in a cgroup of its own.
 *
 * @param unit name of the systemd scope or of the cgroup, unique on the machine
 * @param log file for both output streams, written anew
 */
export const startDaemon = async (unit: string, argv: Argv, log: string): Promise<void> => {
  writeFileSync(log, '');
  const output = openSync(log, 'a');
  const [program, ...args] = systemdRuns() ? inScope(unit, argv) : inOwnCgroups(unit, argv);
  // Not execa: it would read the output in this process, which ends first.
  const child = spawn(program, args, {
    detached: true,
    stdio: ['ignore', output, output],
    env: { ...process.env, PATH: SYSTEM_PATH },
  });
  closeSync(output);
  await once(child, 'spawn');
  child.unref();
};

const inScope = (unit: string, argv: Argv): Argv => [
  'systemd-run',
  '--quiet',
  '--scope',
  '--collect',
  `--unit=${unit}`,
  '--property=Delegate=yes',
  ...argv,
];

const inOwnCgroups = (unit: string, argv: Argv): Argv => {
  const groups = cgroupPaths(unit);
  for (const group of groups) mkdirSync(group, { recursive: true });
  return ['sh', '-c', JOIN, 'sh', ...groups, '--', ...argv];
};

/** Removes the cgroups of an ended daemon; those of a host have children, removed first. */
export const removeCgroups = async (unit: string): Promise<void> => {
  if (systemdRuns()) return;
  for (const group of cgroupPaths(unit)) {
    if (!existsSync(group)) continue;
    await run(['find', group, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', ';'], {
      okCodes: [0, 1],
    });
  }
};
