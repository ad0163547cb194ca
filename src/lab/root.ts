import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Layer } from './base.ts';
import { run } from './command.ts';
import { makeDkimKey, makeSshKey } from './keys.ts';
import { mountOverlay } from './overlay.ts';
import type { HostPaths } from './paths.ts';
import { PROXY_PORT } from './proxy.ts';

/** What one host's root file system is made from. */
export interface RootSpec {
  readonly name: string;
  readonly domain: string;
  readonly address: string;
  /** Of the bridge: where DNS server and apt proxy are. */
  readonly gateway: string;
  /** Read-only layers, the uppermost first. */
  readonly layers: readonly Layer[];
  /** Keep what the host writes on disk instead of in memory. */
  readonly disk: boolean;
  /** Public line of the key that may log in as root. */
  readonly authorizedKey: string;
  /** Root certificates that the host shall trust beside Debian's, as PEM. */
  readonly trusted: readonly string[];
}

export interface HostKeys {
  readonly dkimPublicKey: string;
  readonly sshHostKey: string;
}

/** Mounts the root and writes what distinguishes this host from the base image. */
export const makeRoot = async (paths: HostPaths, spec: RootSpec): Promise<HostKeys> => {
  await mkdir(paths.upper, { recursive: true });
  if (!spec.disk) {
    await run(['mount', '-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', paths.upper]);
  }
  const overlay = {
    root: paths.root,
    data: join(paths.upper, 'data'),
    work: join(paths.upper, 'work'),
  };
  await mountOverlay(
    spec.layers.map((layer) => layer.dir),
    overlay,
  );
  for (const [path, content] of Object.entries(hostFiles(spec))) {
    const target = join(paths.root, path);
    await mkdir(dirname(target), { recursive: true });
    await rm(target, { force: true });
    await writeFile(target, content, { mode: 0o644 });
  }
  await trust(paths.root, spec.trusted);
  return {
    dkimPublicKey: await makeDkimKey(join(paths.root, 'etc/dkimkeys/opendkim.private')),
    sshHostKey: await makeHostKey(paths, spec.name),
  };
};

const makeHostKey = async (paths: HostPaths, name: string): Promise<string> => {
  const line = await makeSshKey(join(paths.root, 'etc/ssh/ssh_host_ed25519_key'), `root@${name}`);
  return line.split(' ').slice(0, 2).join(' ');
};

const trust = async (root: string, certificates: readonly string[]): Promise<void> => {
  if (certificates.length === 0) return;
  const folder = join(root, 'usr/local/share/ca-certificates');
  await mkdir(folder, { recursive: true });
  for (const [index, pem] of certificates.entries()) {
    await writeFile(join(folder, `lab-${index}.crt`), pem, { mode: 0o644 });
  }
  await run(['chroot', root, 'update-ca-certificates']);
};

/**
 * The host's own files. There is no default route: whatever is not on the bridge is unreachable at
 * once. resolv.conf is a plain file that a deployment may replace.
 */
export const hostFiles = (spec: RootSpec): Record<string, string> => ({
  '/etc/hostname': `${spec.name}\n`,
  '/etc/hosts': `127.0.0.1 localhost\n127.0.1.1 ${spec.domain} ${spec.name}\n::1 localhost ip6-localhost\n`,
  '/etc/machine-id': `${randomBytes(16).toString('hex')}\n`,
  '/etc/lab-network': `ADDRESS=${spec.address}/24\n`,
  '/etc/resolv.conf': `nameserver ${spec.gateway}\n`,
  '/etc/apt/apt.conf.d/90lab': aptOptions(spec.gateway),
  '/etc/unbound/unbound.conf.d/lab.conf': unboundDropIn(spec.gateway),
  '/root/.ssh/authorized_keys': `${spec.authorizedKey}\n`,
});

/**
 * Translated package descriptions are most of what `apt-get update` would fetch. Updates at a time of
 * their own would hold the dpkg lock and restart services under a test.
 */
const aptOptions = (proxy: string): string =>
  [
    `Acquire::http::Proxy "http://${proxy}:${PROXY_PORT}";`,
    'Acquire::Languages "none";',
    'APT::Periodic::Enable "0";',
    '',
  ].join('\n');

/**
 * For the resolver that a deployment installs later. `test.` is a special-use name (RFC 6761), which
 * unbound answers by itself unless told not to, and it is not signed. The root is the lab's too:
 * that it denies all other names without a signature is SERVFAIL at once instead of a time-out.
 */
const unboundDropIn = (dns: string): string => `server:
  local-zone: "test." nodefault
  domain-insecure: "test."
stub-zone:
  name: "."
  stub-addr: ${dns}
stub-zone:
  name: "test."
  stub-addr: ${dns}
`;
