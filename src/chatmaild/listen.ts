/**
 * Sockets of chatmaild's services: handed over by systemd (sd_listen_fds(3)) or, in tests, opened
 * here. A service that is stopped finishes what it is doing.
 */
import { rmSync } from 'node:fs';
import type { ListenOptions, Server } from 'node:net';

/** A port on 127.0.0.1, or the path of a unix socket. */
export type Address = number | string;

/** systemd's first file descriptor (SD_LISTEN_FDS_START). */
const FIRST_FD = 3;

/** What systemd tells a service about its sockets. */
export interface ListenEnvironment {
  readonly LISTEN_PID?: string | undefined;
  readonly LISTEN_FDS?: string | undefined;
  readonly LISTEN_FDNAMES?: string | undefined;
}

/**
 * The sockets systemd handed to this process, as file descriptors by FileDescriptorName=.
 * Empty when it was not started by a socket unit.
 */
export const socketsFromSystemd = (
  env: ListenEnvironment = process.env,
  pid: number = process.pid,
): Map<string, number> => {
  if (Number(env.LISTEN_PID) !== pid) return new Map();
  const count = Number(env.LISTEN_FDS ?? 0);
  const names = (env.LISTEN_FDNAMES ?? '').split(':');
  if (!Number.isInteger(count) || count < 0 || names.length !== Math.max(count, 1))
    throw new Error('LISTEN_FDS and LISTEN_FDNAMES do not agree');
  return new Map(names.slice(0, count).map((name, index) => [name, FIRST_FD + index]));
};

/**
 * Has `server` listen on the socket that systemd calls `name`, else on `address`.
 * @throws Error when there is neither, or when the address cannot be had.
 */
export const listen = async (
  server: Server,
  name: string,
  address: Address | undefined,
  inherited: ReadonlyMap<string, number> = socketsFromSystemd(),
): Promise<void> => {
  const options = listenOptions(name, address, inherited.get(name));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
};

const listenOptions = (
  name: string,
  address: Address | undefined,
  fd: number | undefined,
): ListenOptions & { fd?: number } => {
  if (fd !== undefined) return { fd };
  if (typeof address === 'number') return { host: '127.0.0.1', port: address };
  if (address === undefined)
    throw new Error(`no socket: start the service by systemd, or give --${name}`);
  rmSync(address, { force: true });
  return { path: address };
};

/** Milliseconds that open conversations get to end after SIGTERM. */
const GRACE_MS = 5000;

/**
 * On SIGTERM or SIGINT stops accepting, runs `stop`, waits for open connections to end, and ends
 * the process; at the latest after 5 seconds.
 */
export const stopOnSignal = (
  servers: readonly Server[],
  stop: () => Promise<void> | void = () => {},
): void => {
  const end = async () => {
    setTimeout(() => process.exit(0), GRACE_MS).unref();
    const closed = servers.map(
      (server) => new Promise<void>((resolve) => server.close(() => resolve())),
    );
    await stop();
    await Promise.all(closed);
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      end().catch((error: unknown) => {
        console.error('could not stop cleanly:', error);
        process.exit(1);
      });
    });
};
