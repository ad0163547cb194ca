import { execFile } from 'node:child_process';

export interface CommandResult {
  readonly ok: boolean;
  /** Both streams. */
  readonly output: string;
}

/** Runs a program to its end. What cannot be started or takes too long is a failure like others. */
export type Run = (
  program: string,
  args: readonly string[],
  env?: NodeJS.ProcessEnv,
) => Promise<CommandResult>;

const TIMEOUT_MS = 180_000;

export const runCommand: Run = (program, args, env = process.env) =>
  new Promise((resolve) => {
    execFile(program, [...args], { env, timeout: TIMEOUT_MS }, (error, stdout, stderr) => {
      const end = error?.killed ? `\n${program} took too long\n` : '';
      const never = error?.code === 'ENOENT' ? `${program} is not installed\n` : '';
      resolve({ ok: error === null, output: `${stdout}${stderr}${never}${end}` });
    });
  });
