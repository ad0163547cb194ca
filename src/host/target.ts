import { homedir } from 'node:os';
import { join } from 'node:path';
import { domainToASCII } from 'node:url';
import { type LabHostAccess, labHostFor } from '../lab/lookup.ts';
import type { SshTarget } from './ssh-target.ts';

/** What the operator said about the host. */
export interface TargetOptions {
  /** A name or an address. */
  readonly host: string;
  /** Default `root`. */
  readonly user?: string | undefined;
  /** Default 22. */
  readonly port?: number | undefined;
  /** Private keys to use instead of the default ones. */
  readonly identityFiles?: readonly string[] | undefined;
  readonly acceptNewHostKey?: boolean | undefined;
}

/** The edges of {@link resolveTarget}. */
export interface TargetSources {
  readonly home: string;
  readonly agentSocket: string | undefined;
  readonly labHostFor: (domain: string) => LabHostAccess | undefined;
}

const CONNECT_TIMEOUT_MS = 15_000;

/**
 * A target with OpenSSH's default files. Names of lab hosts lead to the lab, without any options
 * and without asking DNS: `.test` never exists there (RFC 6761 section 6.2).
 */
export const resolveTarget = (
  options: TargetOptions,
  sources: TargetSources = realSources(),
): SshTarget => {
  const host = toAscii(options.host);
  const ssh = join(sources.home, '.ssh');
  const lab = host.endsWith('.test') ? sources.labHostFor(host) : undefined;
  const identityFiles = options.identityFiles ?? (lab && [lab.identityFile]);
  return {
    host,
    port: options.port ?? 22,
    user: options.user ?? 'root',
    ...(lab && { address: lab.address }),
    ...(identityFiles && { identityFiles }),
    defaultIdentityFiles: ['id_ed25519', 'id_ecdsa', 'id_rsa'].map((name) => join(ssh, name)),
    knownHostsFiles: lab
      ? [lab.knownHosts]
      : [
          join(ssh, 'known_hosts'),
          join(ssh, 'known_hosts2'),
          '/etc/ssh/ssh_known_hosts',
          '/etc/ssh/ssh_known_hosts2',
        ],
    acceptNewHostKey: options.acceptNewHostKey ?? false,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    agentSocket: sources.agentSocket,
  };
};

/** Names outside ASCII in the form DNS and known_hosts use; whatever else was typed stays as it is. */
const toAscii = (host: string): string =>
  /\P{ASCII}/u.test(host) ? domainToASCII(host) || host : host;

const realSources = (): TargetSources => {
  const { SSH_AUTH_SOCK } = process.env;
  return { home: homedir(), agentSocket: SSH_AUTH_SOCK, labHostFor };
};
