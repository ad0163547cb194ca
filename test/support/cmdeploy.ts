/** Runs the CLI as an operator would, `bin/cmdeploy.js` in a process of its own, and commands on lab hosts. */
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { Argv } from '../../src/host/host.ts';
import { quote } from '../../src/host/quote.ts';
import { sshCommand } from '../../src/lab/ssh.ts';

export const CMDEPLOY = fileURLToPath(new URL('../../bin/cmdeploy.js', import.meta.url));

/** Put before a command, runs it as a separate machine on the lab's network. */
export const IN_LAB = [process.execPath, CMDEPLOY, 'lab', 'exec', '--'] as const;

/** A host of the lab, as `cmdeploy lab list --json` describes it. */
export interface LabHost {
  readonly name: string;
  readonly address: string;
  readonly debian: 12 | 13;
  readonly domain: string;
  /** Path of its chatmail.ini. */
  readonly config: string;
}

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly timeoutMs?: number;
  /** Added to the environment. */
  readonly env?: Record<string, string>;
  readonly input?: string;
  /** Ends the command with `killSignal`. */
  readonly signal?: AbortSignal;
  /** Default: SIGTERM. */
  readonly killSignal?: 'SIGKILL';
  /** Called with each line of both outputs as it comes. */
  readonly onLine?: (line: string) => void;
}

/** Runs the CLI to its end, whatever its exit code (128 when a signal ended it). */
export function tryCmdeploy(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return toItsEnd([process.execPath, CMDEPLOY, ...args], options);
}

/** Runs the CLI and gives its standard output. Throws with everything it printed when it fails. */
export function cmdeploy(args: readonly string[], options: CliOptions = {}): Promise<string> {
  return outputOf([process.execPath, CMDEPLOY, ...args], options);
}

/** Runs a command as root on a lab host. Throws when it fails. */
export function onHost(host: LabHost, ...argv: Argv): Promise<string> {
  // ssh joins words with spaces for a shell on the other side.
  return overSsh(host, [quote(argv)]);
}

/** Runs a shell script as root on a lab host. Throws when it fails. */
export function shellOnHost(host: LabHost, script: string): Promise<string> {
  return overSsh(host, ['bash', '-euo', 'pipefail', '-s'], script);
}

/** As `cmdeploy lab ssh`, but without the start of the CLI, which takes longer than most commands. */
async function overSsh(
  { name }: LabHost,
  command: readonly string[],
  input?: string,
): Promise<string> {
  const given = input === undefined ? {} : { input };
  return await outputOf(sshCommand(name, command), { ...given, timeoutMs: 120_000 });
}

export async function labHosts(): Promise<LabHost[]> {
  return JSON.parse(await cmdeploy(['lab', 'list', '--json'])) as LabHost[];
}

async function outputOf(argv: Argv, options: CliOptions): Promise<string> {
  const result = await toItsEnd(argv, options);
  if (result.code !== 0) throw new Error(describe(argv, result));
  return result.stdout;
}

async function toItsEnd(argv: Argv, options: CliOptions): Promise<CliResult> {
  const [program, ...args] = argv;
  const running = execa(program, args, {
    reject: false,
    timeout: options.timeoutMs ?? 600_000,
    stdin: options.input === undefined ? 'ignore' : 'pipe',
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    ...(options.killSignal === undefined ? {} : { killSignal: options.killSignal }),
    stripFinalNewline: false,
    all: true,
  });
  if (options.onLine) {
    for await (const line of running.iterable({ from: 'all' })) options.onLine(line);
  }
  const result = await running;
  const { exitCode: code = 128, stdout = '', stderr = '' } = result;
  if (!result.timedOut) return { code, stdout, stderr };
  throw new Error(describe(argv, { code, stdout, stderr: `${stderr}\nIt took too long.` }));
}

function describe(argv: Argv, { code, stdout, stderr }: CliResult): string {
  return [
    `"${argv.join(' ')}" failed, exit code ${code}.`,
    `stdout:\n${stdout.slice(-8000)}`,
    `stderr:\n${stderr.slice(-8000)}`,
  ].join('\n');
}
