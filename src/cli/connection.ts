/** The options of every command that talks to a host. */
import { type Command, InvalidArgumentError } from 'commander';
import type { Host } from '../host/host.ts';
import { openHost } from '../host/open.ts';
import type { SshDeps } from '../host/ssh-target.ts';
import type { TargetOptions } from '../host/target.ts';
import { type DebugLog, openDebugLog } from './log/debug-log.ts';
import { loggedHost } from './log/logged-host.ts';
import { promptForHostKey, promptForPassphrase } from './output/prompt.ts';

export interface ConnectionOptions {
  readonly sshUser?: string;
  readonly sshPort?: number;
  readonly identity?: readonly string[];
  readonly acceptNewHostKey?: true;
  readonly log?: DebugLog;
}

const parsePort = (text: string): number => {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535) {
    throw new InvalidArgumentError('It must be a port number between 1 and 65535.');
  }
  return port;
};

const collect = (file: string, earlier: readonly string[] = []): readonly string[] => [
  ...earlier,
  file,
];

/** Opened while options are read: a log that cannot be written stops before anything is done. */
const openLogOption = (path: string): DebugLog => {
  try {
    return openDebugLog(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new InvalidArgumentError(`The file cannot be written (${code ?? message}).`);
  }
};

export const connectionOptions = (command: Command): Command =>
  command
    .option('--ssh-user <user>', 'root, or a user with passwordless sudo (default: root)')
    .option('--ssh-port <port>', 'port of the SSH server (default: 22)', parsePort)
    .option('--identity <file>', 'private key to log in with; may be given several times', collect)
    .option('--accept-new-host-key', 'trust a host that was never seen before without asking')
    .option('--log <file>', 'append what is done, without secrets, to a file', openLogOption);

export const targetOf = (host: string, options: ConnectionOptions): TargetOptions => ({
  host,
  user: options.sshUser,
  port: options.sshPort,
  identityFiles: options.identity,
  acceptNewHostKey: options.acceptNewHostKey,
});

/** Questions are only asked where someone can answer. */
const sshDeps = (): SshDeps =>
  process.stdin.isTTY && process.stderr.isTTY
    ? { confirmHostKey: promptForHostKey, askPassphrase: promptForPassphrase }
    : {};

/** Connects to the host that the operator calls `name`. @throws ConnectError */
export const connectTo = async (name: string, options: ConnectionOptions): Promise<Host> => {
  const { log } = options;
  log?.write(`connect to ${name}`);
  const host = await openHost(targetOf(name, options), sshDeps());
  return log === undefined ? host : loggedHost(host, log);
};
