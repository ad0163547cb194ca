import { constants } from 'node:os';
import { execa } from 'execa';
import type { Argv } from '../host/host.ts';
import { SYSTEM_PATH } from './command.ts';
import { LabError } from './errors.ts';
import { makeExecNetwork } from './exec-network.ts';
import { labPaths } from './paths.ts';
import { readState } from './state.ts';

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs a command as a machine of its own on the lab's network: with its own address, the lab's DNS
 * and no other way out, but with this machine's files. Standard input and output are ours.
 *
 * @returns its exit code; 128 + the signal's number when a signal ended it
 * @throws LabError when there is no lab
 */
export const labExec = async (command: Argv): Promise<number> => {
  const lab = labPaths();
  const state = readState(lab);
  if (state === undefined) {
    throw new LabError('There is no lab; bring one up with "cmdeploy lab up NAME"');
  }
  const ignore = () => undefined;
  for (const name of FORWARDED) process.on(name, ignore);
  try {
    const network = await makeExecNetwork(lab, state);
    try {
      return await runInherited(['ip', 'netns', 'exec', network.namespace, ...asCaller(command)]);
    } finally {
      await network.remove();
    }
  } finally {
    for (const name of FORWARDED) process.off(name, ignore);
  }
};

/** The command runs as the person behind sudo, with that person's files and rights. */
const asCaller = (command: Argv): Argv => {
  const { SUDO_UID: uid, SUDO_GID: gid } = process.env;
  if (uid === undefined || gid === undefined || uid === '0') return command;
  return ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--init-groups', '--', ...command];
};

/** Signals that reach us end the command; we stay to clean up. */
export const runInherited = async (argv: Argv): Promise<number> => {
  const [program, ...args] = argv;
  const child = execa(program, args, {
    stdio: 'inherit',
    reject: false,
    env: { PATH: SYSTEM_PATH },
  });
  const forward = (name: NodeJS.Signals) => child.kill(name);
  for (const name of FORWARDED) process.on(name, forward);
  try {
    const result = await child;
    if (result.exitCode !== undefined) return result.exitCode;
    if (result.signal !== undefined) return 128 + constants.signals[result.signal];
    throw new LabError(`${program} could not be started: ${result.shortMessage}`);
  } finally {
    for (const name of FORWARDED) process.off(name, forward);
  }
};
