import type { ServerHostKeyAlgorithm } from 'ssh2';

/**
 * Signature algorithms by key type, the preferred first. An `ssh-rsa` key signs with SHA-2
 * (RFC 8332); SHA-1 signatures and DSA are not offered, as in OpenSSH.
 */
const BY_KEY_TYPE = new Map<string, readonly ServerHostKeyAlgorithm[]>([
  ['ssh-ed25519', ['ssh-ed25519']],
  ['ecdsa-sha2-nistp256', ['ecdsa-sha2-nistp256']],
  ['ecdsa-sha2-nistp384', ['ecdsa-sha2-nistp384']],
  ['ecdsa-sha2-nistp521', ['ecdsa-sha2-nistp521']],
  ['ssh-rsa', ['rsa-sha2-512', 'rsa-sha2-256']],
]);

/** What to offer to a host: the key types we know it by first, so that it proves one of them. */
export const hostKeyAlgorithms = (knownTypes: readonly string[]): ServerHostKeyAlgorithm[] => {
  const types = [...BY_KEY_TYPE.keys()];
  const known = types.filter((type) => knownTypes.includes(type));
  const others = types.filter((type) => !knownTypes.includes(type));
  return [...known, ...others].flatMap((type) => BY_KEY_TYPE.get(type) ?? []);
};
