import type { ClientChannel } from 'ssh2';
import { CommandTimeoutError, ConnectionLostError, OutputTooLargeError } from './errors.ts';
import type { Argv, ExecOptions, ExecResult } from './host.ts';
import { createCollector, DEFAULT_MAX_OUTPUT_BYTES } from './output.ts';
import { quote } from './quote.ts';
import type { SshLink } from './ssh-link.ts';

/** After this a host that goes on sending on a channel we closed loses the connection. */
const ABANDON_MS = 2_000;

export interface SshCommand {
  readonly host: string;
  readonly argv: Argv;
  readonly options: ExecOptions;
  /** Milliseconds the host may take to start the command. */
  readonly startTimeoutMs: number;
}

/**
 * Runs one command in a channel of its own.
 * @throws ConnectionLostError, CommandTimeoutError, OutputTooLargeError
 */
export const execOverSsh = async (link: SshLink, command: SshCommand): Promise<ExecResult> => {
  const { host, argv, options } = command;
  const { channel, finished } = await startCommand(link, command);
  const limit = options.timeoutMs;
  const timeout = createTimeout(limit, () => new CommandTimeoutError(host, argv, limit ?? 0));
  try {
    channel.end(options.input);
    return await Promise.race([finished, link.lost, timeout.expired]);
  } catch (error) {
    if (!(error instanceof ConnectionLostError)) abandon(link, channel);
    throw error;
  } finally {
    timeout.stop();
  }
};

interface Started {
  readonly channel: ClientChannel;
  readonly finished: Promise<ExecResult>;
}

/**
 * A command that ends at once may have its end in the packet that tells of its start: who listens
 * one turn of the event loop later misses it. So everything is collected from the callback on.
 */
const startCommand = async (link: SshLink, command: SshCommand): Promise<Started> => {
  const { host, argv, startTimeoutMs } = command;
  const refused = (cause: unknown): Error =>
    new ConnectionLostError(host, `it does not run commands (${String(cause)})`, cause);
  const started = new Promise<Started>((resolve, reject) => {
    link.client.exec(quote(argv), (error, channel) => {
      if (error) return reject(error);
      const finished = collect(channel, command);
      // It may fail before anyone waits for it.
      finished.catch(() => undefined);
      resolve({ channel, finished });
    });
  }).catch((error: unknown) => {
    throw refused(error);
  });
  const timeout = createTimeout(startTimeoutMs, () => {
    void link.close();
    return refused(`no answer within ${startTimeoutMs / 1000} s`);
  });
  try {
    return await Promise.race([link.lost, started, timeout.expired]);
  } finally {
    timeout.stop();
  }
};

const collect = (channel: ClientChannel, { host, argv, options }: SshCommand) =>
  new Promise<ExecResult>((resolve, reject) => {
    const limit = options.maxOutputBytes ?? DEFAULT_MAX_OUTPUT_BYTES;
    const stdout = createCollector(limit, options.onLine);
    const stderr = createCollector(limit);
    const tooLarge = (): void => reject(new OutputTooLargeError(host, argv, limit));
    let status: Pick<ExecResult, 'code' | 'signal'> = { code: null };
    channel.on('data', (chunk: Buffer) => stdout.add(chunk) || tooLarge());
    channel.stderr.on('data', (chunk: Buffer) => stderr.add(chunk) || tooLarge());
    channel.on('exit', (code: number | null, signal?: string) => {
      status = code === null && signal ? { code, signal: signal.replace(/^SIG/, '') } : { code };
    });
    // Writing to a command that no longer reads is not an error; its exit code tells.
    channel.on('error', () => undefined);
    channel.on('close', () =>
      resolve({ ...status, stdout: stdout.finish(), stderr: stderr.finish() }),
    );
  });

/** Gives a channel up without giving up the connection, unless the host keeps sending on it. */
const abandon = (link: SshLink, channel: ClientChannel): void => {
  const timer = setTimeout(() => link.client.destroy(), ABANDON_MS);
  channel.once('close', () => clearTimeout(timer));
  link.lost.catch(() => clearTimeout(timer));
  channel.close();
};

const createTimeout = (ms: number | undefined, error: () => Error) => {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    if (ms !== undefined) timer = setTimeout(() => reject(error()), ms);
  });
  return { expired, stop: (): void => clearTimeout(timer) };
};
