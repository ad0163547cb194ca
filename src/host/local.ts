import { userInfo } from 'node:os';
import { execa } from 'execa';
import { CommandTimeoutError, OutputTooLargeError } from './errors.ts';
import type { Argv, ExecOptions, ExecResult, Host } from './host.ts';
import { createCollector, DEFAULT_MAX_OUTPUT_BYTES } from './output.ts';
import { asRoot, refuseWithoutRoot } from './root.ts';

const NAME = 'localhost';

/** This machine, without SSH: as root directly, else through sudo. */
export const connectLocal = (): Host => {
  const user = userInfo().username;
  const isRoot = process.getuid?.() === 0;
  const counters = { connections: 0, execs: 0 };
  return {
    name: NAME,
    counters,
    exec: async (argv, options = {}) => {
      counters.execs++;
      const result = await run(asRoot(argv, isRoot), options);
      if (!isRoot) refuseWithoutRoot(NAME, user, result);
      return result;
    },
    close: async () => undefined,
  };
};

const run = async (argv: Argv, options: ExecOptions): Promise<ExecResult> => {
  const child = start(argv, options);
  const limit = options.timeoutMs;
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    if (limit !== undefined)
      timer = setTimeout(() => reject(new CommandTimeoutError(NAME, argv, limit)), limit);
  });
  try {
    return await Promise.race([collect(child, argv, options), expired]);
  } catch (error) {
    abandon(child);
    throw error;
  } finally {
    clearTimeout(timer);
  }
};

const start = ([program, ...args]: Argv, options: ExecOptions) =>
  execa(program, args, {
    input: options.input ?? '',
    buffer: false,
    encoding: 'buffer',
    reject: false,
    cwd: '/',
    // Ctrl-C on the terminal is for us, not for what we follow; nor does that end with us.
    detached: true,
  });

type Child = ReturnType<typeof start>;

const collect = async (child: Child, argv: Argv, options: ExecOptions): Promise<ExecResult> => {
  const limit = options.maxOutputBytes ?? DEFAULT_MAX_OUTPUT_BYTES;
  const stdout = createCollector(limit, options.onLine);
  const stderr = createCollector(limit);
  const overflow = new Promise<never>((_resolve, reject) => {
    const tooLarge = (): void => reject(new OutputTooLargeError(NAME, argv, limit));
    child.stdout.on('data', (chunk: Buffer) => stdout.add(chunk) || tooLarge());
    child.stderr.on('data', (chunk: Buffer) => stderr.add(chunk) || tooLarge());
  });
  const result = await Promise.race([child, overflow]);
  const texts = { stdout: stdout.finish(), stderr: stderr.finish() };
  if (result.exitCode !== undefined) return { code: result.exitCode, ...texts };
  if (result.signal !== undefined)
    return { code: null, signal: result.signal.replace(/^SIG/, ''), ...texts };
  // As a shell reports a program that cannot be started.
  return { code: 127, stdout: '', stderr: `${result.shortMessage ?? argv[0]}\n` };
};

/** Also lets go of the pipes, which grandchildren may hold open. */
const abandon = (child: Child): void => {
  child.kill('SIGKILL');
  child.stdout.destroy();
  child.stderr.destroy();
  child.unref();
};
