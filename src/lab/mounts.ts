import { run } from './command.ts';
import { readProc } from './processes.ts';

export interface Mount {
  readonly target: string;
  /** Of the file system: `lowerdir=...,upperdir=...`. */
  readonly options: string;
}

/** Reads `/proc/PID/mountinfo` (proc_pid_mountinfo(5)); spaces in paths are written as `\040`. */
export const parseMountInfo = (text: string): Mount[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const fields = line.split(' ');
      return {
        target: unescapeOctal(fields[4] ?? ''),
        options: unescapeOctal(fields.at(-1) ?? ''),
      };
    });

const unescapeOctal = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );

export const mountsOf = (pid: number | 'self'): Mount[] =>
  parseMountInfo(readProc(`/proc/${pid}/mountinfo`));

/** Mount points at and below `dir`, the last mounted first. */
export const mountsUnder = (dir: string): string[] =>
  mountsOf('self')
    .map((mount) => mount.target)
    .filter((target) => target === dir || target.startsWith(`${dir}/`))
    .reverse();

export const unmountUnder = async (dir: string): Promise<void> => {
  for (const target of mountsUnder(dir)) await run(['umount', target]);
};
