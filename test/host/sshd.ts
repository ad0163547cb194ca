import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { SshTarget } from '../../src/host/ssh-target.ts';

const SSHD = '/usr/sbin/sshd';

/** A real OpenSSH server on loopback, for the current user, with keys of its own. */
export interface Sshd {
  readonly target: SshTarget;
  readonly directory: string;
  /** `ssh-ed25519 AAAA...` */
  readonly hostKey: string;
  stop(): Promise<void>;
}

export const makeKey = (file: string, type = 'ed25519', passphrase = ''): string => {
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-C', '', '-f', file]);
  return readFileSync(`${file}.pub`, 'utf8').trim();
};

export const startSshd = async (): Promise<Sshd> => {
  if (!existsSync(SSHD))
    throw new Error(`${SSHD} is missing; install the Debian package openssh-server`);
  // sshd refuses to run without its privilege separation folder, which its service would make.
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const directory = mkdtempSync(join(tmpdir(), 'cmdeploy-sshd-'));
  const hostKey = makeKey(join(directory, 'host_ed25519'));
  makeKey(join(directory, 'host_ecdsa'), 'ecdsa');
  writeFileSync(join(directory, 'authorized_keys'), `${makeKey(join(directory, 'id'))}\n`);
  const port = await freePort();
  mkdirSync(join(directory, 'bin'));
  writeFileSync(join(directory, 'bin', 'sudo'), FAKE_SUDO, { mode: 0o755 });
  writeFileSync(join(directory, 'sshd_config'), sshdConfig(directory, port));
  const server = spawn(SSHD, ['-D', '-e', '-f', join(directory, 'sshd_config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await untilListening(server, port);
  const knownHosts = join(directory, 'known_hosts');
  writeFileSync(knownHosts, `[127.0.0.1]:${port} ${hostKey}\n`);
  return {
    directory,
    hostKey,
    target: {
      host: '127.0.0.1',
      port,
      user: userInfo().username,
      identityFiles: [join(directory, 'id')],
      defaultIdentityFiles: [],
      knownHostsFiles: [knownHosts],
      acceptNewHostKey: false,
      connectTimeoutMs: 5_000,
      agentSocket: undefined,
    },
    stop: async () => {
      server.kill();
      await new Promise((resolve) => server.once('exit', resolve));
      rmSync(directory, { recursive: true });
    },
  };
};

/** Whoever runs the tests need not be root: nothing in them needs more than a shell. */
const FAKE_SUDO = '#!/bin/sh\n[ "$1 $2" = "-n --" ] && shift 2 && exec "$@"\n';

const sshdConfig = (directory: string, port: number): string => `
ListenAddress 127.0.0.1:${port}
HostKey ${directory}/host_ed25519
HostKey ${directory}/host_ecdsa
AuthorizedKeysFile ${directory}/authorized_keys
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
SetEnv PATH=${directory}/bin:/usr/bin:/bin
`;

export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        resolve(address !== null && typeof address === 'object' ? address.port : 0),
      );
    });
  });

const untilListening = async (server: ChildProcess, port: number): Promise<void> => {
  let log = '';
  server.stderr?.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  for (let attempt = 0; attempt < 100; attempt++) {
    if (server.exitCode !== null) throw new Error(`sshd did not start:\n${log}`);
    if (await accepts(port)) return;
    await delay(50);
  }
  throw new Error(`sshd does not listen:\n${log}`);
};

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
