import type { HostKeyInfo } from './errors.ts';

/** Where and how to connect. */
export interface SshTarget {
  /** How the operator calls the host and known_hosts knows it. */
  readonly host: string;
  /** What to connect to instead of looking `host` up. */
  readonly address?: string;
  readonly port: number;
  readonly user: string;
  /** Private keys the operator named. */
  readonly identityFiles?: readonly string[];
  /** Tried when none is named, as far as they exist. */
  readonly defaultIdentityFiles: readonly string[];
  /** All are read; accepted keys are added to the first. */
  readonly knownHostsFiles: readonly [string, ...string[]];
  /** Accept and remember the key of a host never seen before. A changed key is never accepted. */
  readonly acceptNewHostKey: boolean;
  /** For each phase: TCP and SSH handshake, login, the start of a command. */
  readonly connectTimeoutMs: number;
  /** Path of ssh-agent's socket. */
  readonly agentSocket: string | undefined;
}

/** @returns the passphrase of an encrypted private key; empty to give up. */
export type AskPassphrase = (keyFile: string) => Promise<string>;

/** Whom to ask. Without a terminal both are left out: unknown keys are then refused. */
export interface SshDeps {
  readonly confirmHostKey?: (info: HostKeyInfo) => Promise<boolean>;
  readonly askPassphrase?: AskPassphrase;
}
