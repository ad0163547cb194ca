import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The lab looks for its processes by program and argument instead of remembering their numbers:
 * that also finds what a killed run has left, and no reused number can be taken for ours.
 *
 * @param argument an argument that only this lab's process has, usually a path in the lab folder
 */
export const findProcesses = (program: string, argument: string): number[] =>
  processIds().filter((pid) => {
    const [first, ...rest] = commandLine(pid);
    return first !== undefined && basename(first) === program && rest.includes(argument);
  });

export const processIds = (): number[] =>
  readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number);

/** Text of a file under /proc, empty when the process has gone. */
export const readProc = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

const commandLine = (pid: number): string[] => readProc(`/proc/${pid}/cmdline`).split('\0');

/** A zombie counts as gone: its parent has not looked yet. */
const isAlive = (pid: number): boolean => {
  const stat = readProc(`/proc/${pid}/stat`);
  return stat !== '' && !/^\d+ \(.*\) [ZX]/s.test(stat);
};

export const signal = (pid: number, name: NodeJS.Signals | number): void => {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
};

/** @returns whether all of them ended in time */
export const waitForEnd = async (pids: readonly number[], timeoutMs: number): Promise<boolean> => {
  const deadline = Date.now() + timeoutMs;
  while (pids.some(isAlive)) {
    if (Date.now() > deadline) return false;
    await sleep(50);
  }
  return true;
};

/** SIGTERM, then a bounded wait. @returns whether all ended */
export const terminate = async (pids: readonly number[], timeoutMs: number): Promise<boolean> => {
  for (const pid of pids) signal(pid, 'SIGTERM');
  return waitForEnd(pids, timeoutMs);
};
