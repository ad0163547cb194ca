import { NodeSSH } from 'node-ssh';
import type { Client } from 'ssh2';
import { createDeadline, type Deadline, DeadlineError, withoutDeadline } from './deadline.ts';
import {
  AuthenticationError,
  ConnectError,
  ConnectionLostError,
  UnreachableError,
} from './errors.ts';
import { createHostKeyVerifier, type HostKeyVerifier } from './host-key.ts';
import { type Authentication, createAuthentication } from './ssh-auth.ts';
import type { SshDeps, SshTarget } from './ssh-target.ts';

/** An established, verified and authenticated connection. */
export interface SshLink {
  readonly client: Client;
  /** Rejects with {@link ConnectionLostError} when the connection ends; never resolves. */
  readonly lost: Promise<never>;
  /** Ends the connection, by force when the host does not play along. */
  close(): Promise<void>;
}

/** A peer that answers none of three is gone: noticed after 45 to 60 s, also during a command. */
const KEEPALIVE = { keepaliveInterval: 15_000, keepaliveCountMax: 3 };
const CLOSE_TIMEOUT_MS = 1_000;

/** @throws ConnectError */
export const establishLink = async (target: SshTarget, deps: SshDeps): Promise<SshLink> => {
  const deadline = createDeadline(target.connectTimeoutMs);
  try {
    const asking = withoutDeadline(deps, deadline);
    const verifier = await createHostKeyVerifier(target, asking);
    const authentication = await createAuthentication({ ...target, ...asking });
    return await connect(target, verifier, authentication, deadline);
  } finally {
    deadline.stop();
  }
};

const connect = async (
  target: SshTarget,
  verifier: HostKeyVerifier,
  authentication: Authentication,
  deadline: Deadline,
): Promise<SshLink> => {
  const ssh = new NodeSSH();
  let refusal: unknown;
  // Answers to questions may come after the host has hung up: then they go nowhere.
  const connecting = ssh.connect({
    ...KEEPALIVE,
    host: target.address ?? target.host,
    port: target.port,
    username: target.user,
    // The deadline takes its place: it stands still during questions.
    readyTimeout: 0,
    agentForward: false,
    algorithms: { serverHostKey: verifier.algorithms },
    hostVerifier: (key: Buffer, verify: (trusted: boolean) => void): void => {
      const answer = (trusted: boolean): void => {
        if (ssh.isConnected()) verify(trusted);
      };
      const refuse = (error: unknown): void => {
        refusal = error;
        answer(false);
      };
      verifier.verify(key).then(() => answer(true), refuse);
    },
    authHandler: (_left, _partial, next): void => {
      const giveUp = (error: unknown): false => {
        refusal = error;
        return false;
      };
      // ssh2 takes `false` for "no more", which its types leave out.
      const proceed = next as (method: Awaited<ReturnType<Authentication['next']>>) => void;
      void authentication
        .next()
        .catch(giveUp)
        .then((method) => ssh.isConnected() && proceed(method));
    },
  });
  // node-ssh stops listening once connected; an error without a listener would end the process.
  const link = watch(target.host, ssh.connection);
  ssh.connection?.on('handshake', deadline.restart);
  try {
    await Promise.race([connecting, deadline.expired]);
    return await link;
  } catch (error) {
    ssh.connection?.destroy();
    throw refusal ?? explain(target, authentication, error);
  }
};

const watch = async (host: string, client: Client | null): Promise<SshLink> => {
  if (client === null) throw new Error('node-ssh made no connection');
  let reason: unknown;
  let closed = false;
  const lost = new Promise<never>((_resolve, reject) => {
    client.on('error', (error) => {
      reason ??= error;
    });
    client.on('close', () => {
      closed = true;
      reject(new ConnectionLostError(host, describeLoss(reason), reason));
    });
  });
  const ended = lost.catch(() => undefined);
  const close = async (): Promise<void> => {
    if (closed) return;
    client.end();
    const timer = setTimeout(() => client.destroy(), CLOSE_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  };
  return { client, lost, close };
};

const describeLoss = (reason: unknown): string => {
  if (!(reason instanceof Error)) return 'the host closed it';
  return reason.message === 'Keepalive timeout' ? 'the host no longer answers' : reason.message;
};

const REASONS = new Map<string, readonly [reason: string, advice: string]>([
  [
    'ECONNREFUSED',
    [
      'connection refused',
      'Check that the SSH server runs and that its port is right (--ssh-port).',
    ],
  ],
  [
    'ENOTFOUND',
    ['the name does not resolve', 'Check its spelling, or give its address with --host.'],
  ],
  [
    'EAI_AGAIN',
    ['the name does not resolve at the moment', 'Check the DNS resolver of this machine.'],
  ],
  ['EHOSTUNREACH', ['no route to the host', 'Check that the host is on and its address right.']],
  ['ENETUNREACH', ['the network is unreachable', 'Check the network of this machine.']],
  ['ETIMEDOUT', ['no answer', 'Check that the host is on and that no firewall drops SSH.']],
]);

const explain = (target: SshTarget, authentication: Authentication, error: unknown): Error => {
  if (error instanceof ConnectError) return error;
  const { code, level, message } = error as { code?: string; level?: string; message: string };
  if (level === 'client-authentication' || /too many authentication/i.test(message))
    return new AuthenticationError(target.host, target.user, authentication.tried);
  const [reason, advice] = REASONS.get(error instanceof DeadlineError ? '' : (code ?? '')) ?? [
    message,
    'Check that an SSH server answers there ("ssh -v" shows more) and that no firewall is in between.',
  ];
  const closed = message === 'No response from server' ? 'the connection was closed' : reason;
  return new UnreachableError(target.host, target.port, closed, advice, error);
};
