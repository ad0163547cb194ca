import { readFile } from 'node:fs/promises';

/**
 * When a process began, in clock ticks since boot (proc_pid_stat(5), field 22): with its id it is told
 * from a later one that has the same id. Undefined when there is no such process.
 */
export const processStart = async (pid: number): Promise<string | undefined> => {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'latin1');
    // The name of the program, in parentheses, may hold spaces.
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
};
