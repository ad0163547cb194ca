import type { ServerHostKeyAlgorithm } from 'ssh2';
import {
  ChangedHostKeyError,
  type HostKeyInfo,
  KnownHostsFileError,
  RevokedHostKeyError,
  UnknownHostKeyError,
} from './errors.ts';
import { hostKeyAlgorithms } from './host-key-algorithms.ts';
import { checkHostKey, fingerprintOf, keyTypeOf, knownHostName, linesFor } from './known-hosts.ts';
import { appendKnownHost, readKnownHosts } from './known-hosts-file.ts';
import type { SshDeps, SshTarget } from './ssh-target.ts';

export interface HostKeyVerifier {
  /** What to offer, the types that prove a known key first. */
  readonly algorithms: ServerHostKeyAlgorithm[];
  /**
   * Resolves when the key is trusted.
   * @throws UnknownHostKeyError, ChangedHostKeyError, RevokedHostKeyError
   */
  verify(key: Buffer): Promise<void>;
}

/** Verifies a host's key against the target's known_hosts files, and remembers what is accepted. */
export const createHostKeyVerifier = async (
  target: SshTarget,
  deps: SshDeps,
): Promise<HostKeyVerifier> => {
  const name = knownHostName(target.host, target.port);
  const lines = await readKnownHosts(target.knownHostsFiles).catch((error: unknown) => {
    const { path = target.knownHostsFiles.join(', ') } = error as NodeJS.ErrnoException;
    throw new KnownHostsFileError(target.host, path, error);
  });
  const known = linesFor(lines, name).filter((line) => line.marker === 'none');
  let accepted: Buffer | undefined;
  const verify = async (key: Buffer): Promise<void> => {
    if (accepted?.equals(key)) return;
    const info = describe(target, key);
    const verdict = checkHostKey(lines, name, key);
    if (verdict.kind === 'revoked') throw new RevokedHostKeyError(info, verdict.known);
    if (verdict.kind === 'changed')
      throw new ChangedHostKeyError(
        info,
        fingerprintOf(Buffer.from(verdict.known.key, 'base64')),
        verdict.known,
      );
    if (verdict.kind === 'unknown') {
      if (accepted !== undefined || !(await isAccepted(target, deps, info)))
        throw new UnknownHostKeyError(info, verdict.certAuthority);
      await appendKnownHost(info.knownHostsFile, name, key).catch((error: unknown) => {
        throw new KnownHostsFileError(target.host, info.knownHostsFile, error);
      });
    }
    accepted = Buffer.from(key);
  };
  return { algorithms: hostKeyAlgorithms(known.map((line) => line.keyType)), verify };
};

const isAccepted = async (target: SshTarget, deps: SshDeps, info: HostKeyInfo): Promise<boolean> =>
  target.acceptNewHostKey || ((await deps.confirmHostKey?.(info)) ?? false);

const describe = (target: SshTarget, key: Buffer): HostKeyInfo => ({
  host: target.host,
  port: target.port,
  keyType: keyTypeOf(key),
  fingerprint: fingerprintOf(key),
  knownHostsFile: target.knownHostsFiles[0],
});
