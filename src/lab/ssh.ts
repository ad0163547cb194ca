import type { Argv } from '../host/host.ts';
import { LabError } from './errors.ts';
import { runInherited } from './exec.ts';
import { labPaths } from './paths.ts';
import { readState } from './state.ts';

/** ssh(1) as root on a lab host; without a command, a shell. @throws LabError for an unknown name */
export const sshCommand = (name: string, command: readonly string[]): Argv => {
  const lab = labPaths();
  const host = readState(lab)?.hosts.find((candidate) => candidate.name === name);
  if (host === undefined) {
    throw new LabError(`No host ${JSON.stringify(name)} in the lab; see "cmdeploy lab list"`);
  }
  const options = {
    IdentityFile: lab.key,
    IdentitiesOnly: 'yes',
    UserKnownHostsFile: lab.knownHosts,
    GlobalKnownHostsFile: '/dev/null',
    StrictHostKeyChecking: 'yes',
    LogLevel: 'ERROR',
  };
  const flags = Object.entries(options).map(([key, value]) => `-o${key}=${value}`);
  return ['ssh', '-F', '/dev/null', ...flags, `root@${host.address}`, '--', ...command];
};

/** @returns the command's exit code; 255 when ssh itself failed */
export const labSsh = (name: string, command: readonly string[]): Promise<number> =>
  runInherited(sshCommand(name, command));
