import { execa } from 'execa';
import type { Argv } from '../host/host.ts';
import { commandFailed } from './errors.ts';

export interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with each line of either stream. */
  readonly onLine?: (line: string) => void;
  /** Exit codes that count as success. Default: only 0. */
  readonly okCodes?: readonly number[];
}

export interface RunResult {
  readonly code: number;
  readonly stdout: string;
}

/** System folders that a user's PATH often lacks: `ip`, `nft` and `knotd` live there. */
export const SYSTEM_PATH = `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`;

/** Runs a local command to its end. @throws LabError with its output when it fails. */
export const run = async (argv: Argv, options: RunOptions = {}): Promise<RunResult> => {
  const [program, ...args] = argv;
  const child = execa(program, args, {
    reject: false,
    all: true,
    env: { ...options.env, PATH: SYSTEM_PATH },
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
  });
  if (options.onLine !== undefined) {
    for await (const line of child.iterable({ from: 'all' })) options.onLine(line);
  }
  const result = await child;
  if (result.exitCode === undefined || !(options.okCodes ?? [0]).includes(result.exitCode)) {
    throw commandFailed(argv, result.exitCode, result.all ?? result.shortMessage ?? '');
  }
  return { code: result.exitCode, stdout: result.stdout };
};

/** Whether the command ended with exit code 0; its output is dropped. */
export const succeeds = async (argv: Argv): Promise<boolean> => {
  const [program, ...args] = argv;
  const options = { reject: false, stdin: 'ignore', env: { PATH: SYSTEM_PATH } } as const;
  return (await execa(program, args, options)).exitCode === 0;
};
