/** Pulls the plug of a lab host and plugs it in again. */
import { bootHost, hostProcesses } from '../../src/lab/host.ts';
import { labPaths } from '../../src/lab/paths.ts';
import { processIds, readProc, signal, waitForEnd } from '../../src/lab/processes.ts';
import type { LabHost } from './cmdeploy.ts';

const END_MS = 60_000;

/** Kills the host's process 1, and with it all others at once; nothing there can prepare for it. */
export async function cutPower({ name }: LabHost): Promise<void> {
  const [nspawn, ...others] = hostProcesses(labPaths(), name);
  if (nspawn === undefined || others.length > 0) throw new Error(`${name} does not run once.`);
  const init = processIds().find((pid) => {
    const status = readProc(`/proc/${pid}/status`);
    return new RegExp(`^PPid:\\t${nspawn}$`, 'm').test(status) && /^NSpid:.*\t1$/m.test(status);
  });
  if (init === undefined) throw new Error(`${name} has no process 1.`);
  signal(init, 'SIGKILL');
  if (!(await waitForEnd([nspawn], END_MS))) throw new Error(`${name} goes on.`);
}

/** Boots what {@link cutPower} has stopped, from what it had on disk; waits for its sshd. */
export async function bootAgain({ name, address }: LabHost): Promise<void> {
  await bootHost(labPaths(), name, address);
}
