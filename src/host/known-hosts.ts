/**
 * OpenSSH's known_hosts files (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"), without I/O.
 *
 * Certificate authorities are read but not used: ssh2 offers no host certificates.
 */
import { createHash, createHmac } from 'node:crypto';

/** The text of one known_hosts file. */
export interface KnownHostsFile {
  readonly path: string;
  readonly text: string;
}

/** A line that names a key, or a pattern of hosts and their key. */
export interface KnownHostLine {
  readonly path: string;
  /** Counted from 1. */
  readonly line: number;
  readonly marker: 'none' | 'revoked' | 'cert-authority';
  /** The comma-separated patterns, or one hashed name (`|1|SALT|HASH`). */
  readonly hosts: string;
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa` ... */
  readonly keyType: string;
  /** Base64 of the public key in SSH wire format (RFC 4253 section 6.6). */
  readonly key: string;
}

export type HostKeyVerdict =
  | { readonly kind: 'match' }
  /** `certAuthority`: only a certificate authority is known for this host. */
  | { readonly kind: 'unknown'; readonly certAuthority?: KnownHostLine }
  /** The host is known, by `known` and not by this key. */
  | { readonly kind: 'changed'; readonly known: KnownHostLine }
  | { readonly kind: 'revoked'; readonly known: KnownHostLine };

/** All well-formed lines; comments, empty and malformed lines are passed over as OpenSSH does. */
export const parseKnownHosts = (file: KnownHostsFile): KnownHostLine[] =>
  file.text.split(/\r?\n/).flatMap((text, index) => parseLine(text, file.path, index + 1) ?? []);

const MARKERS = new Map<string, KnownHostLine['marker']>([
  ['@revoked', 'revoked'],
  ['@cert-authority', 'cert-authority'],
]);

const parseLine = (text: string, path: string, line: number): KnownHostLine | undefined => {
  const words = text.trim().split(/[ \t]+/);
  const first = words[0] ?? '';
  if (first === '' || first.startsWith('#')) return undefined;
  const marker = first.startsWith('@') ? MARKERS.get(first) : 'none';
  if (marker === undefined) return undefined;
  const [hosts, keyType, key] = marker === 'none' ? words : words.slice(1);
  if (hosts === undefined || keyType === undefined || key === undefined) return undefined;
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(key)) return undefined;
  return { path, line, marker, hosts, keyType, key };
};

/** How known_hosts calls a host: `name`, or `[name]:port` when the port is not 22; in lower case. */
export const knownHostName = (host: string, port: number): string =>
  port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;

/** The lines that speak of a host. `name` comes from {@link knownHostName}. */
export const linesFor = (lines: readonly KnownHostLine[], name: string): KnownHostLine[] =>
  lines.filter((line) => matchesHost(line.hosts, name));

/**
 * What `lines` say about a host that presents `key` (SSH wire format).
 *
 * A host that is known only by keys of other types counts as changed, not as unknown: those types
 * were offered first, so the host has lost them or is another one.
 */
export const checkHostKey = (
  lines: readonly KnownHostLine[],
  name: string,
  key: Buffer,
): HostKeyVerdict => {
  const encoded = key.toString('base64');
  const relevant = linesFor(lines, name);
  const revoked = relevant.find((line) => line.marker === 'revoked' && sameKey(line, encoded));
  if (revoked !== undefined) return { kind: 'revoked', known: revoked };
  const keys = relevant.filter((line) => line.marker === 'none');
  if (keys.some((line) => sameKey(line, encoded))) return { kind: 'match' };
  const known = keys.find((line) => line.keyType === keyTypeOf(key)) ?? keys[0];
  if (known !== undefined) return { kind: 'changed', known };
  const certAuthority = relevant.find((line) => line.marker === 'cert-authority');
  return certAuthority === undefined ? { kind: 'unknown' } : { kind: 'unknown', certAuthority };
};

const sameKey = (line: KnownHostLine, encoded: string): boolean =>
  line.key.replace(/=+$/, '') === encoded.replace(/=+$/, '');

const matchesHost = (hosts: string, name: string): boolean => {
  if (hosts.startsWith('|')) return matchesHash(hosts, name);
  const patterns = hosts.split(',');
  const matches = (pattern: string): boolean => matchesPattern(pattern.toLowerCase(), name);
  if (patterns.some((pattern) => pattern.startsWith('!') && matches(pattern.slice(1))))
    return false;
  return patterns.some(matches);
};

/** HMAC-SHA1 of the name with a random salt as the key: what `ssh-keygen -H` writes. */
const matchesHash = (hosts: string, name: string): boolean => {
  const [, version, salt, hash] = hosts.split('|');
  if (version !== '1' || salt === undefined || hash === undefined) return false;
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
};

/** `*` and `?` as in ssh_config(5), PATTERNS. Linear time: the pattern may be anything. */
const matchesPattern = (pattern: string, name: string): boolean => {
  let p = 0;
  let n = 0;
  let star = -1;
  let resume = 0;
  while (n < name.length) {
    if (pattern[p] === '*') {
      star = p++;
      resume = n;
    } else if (pattern[p] === '?' || pattern[p] === name[n]) {
      p++;
      n++;
    } else if (star >= 0) {
      p = star + 1;
      n = ++resume;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
};

/** The type a public key names itself: its first string (RFC 4253 section 6.6). */
export const keyTypeOf = (key: Buffer): string =>
  key.length < 4 ? '' : key.toString('latin1', 4, 4 + Math.min(key.readUInt32BE(0), 64));

/** As OpenSSH shows it: `SHA256:` and base64 without padding. */
export const fingerprintOf = (key: Buffer): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
