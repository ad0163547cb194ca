import { existsSync } from 'node:fs';
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Argv } from '../host/host.ts';
import type { OnProgress } from './base.ts';
import { run, succeeds } from './command.ts';
import { LabError } from './errors.ts';
import { withLock } from './lock.ts';

/** A file whose presence shows that a Debian package is installed. */
export type Requirement = readonly [path: string, debianPackage: string];

const NEEDED: readonly Requirement[] = [
  ['/usr/bin/systemd-nspawn', 'systemd-container'],
  ['/usr/bin/mmdebstrap', 'mmdebstrap'],
  ['/usr/share/keyrings/debian-archive-trixie-stable.gpg', 'debian-archive-keyring'],
  ['/usr/sbin/apt-cacher-ng', 'apt-cacher-ng'],
  ['/usr/sbin/knotd', 'knot'],
  ['/usr/sbin/nft', 'nftables'],
  ['/sbin/ip', 'iproute2'],
  ['/usr/bin/ssh', 'openssh-client'],
];

const PEBBLE = ['/usr/bin/pebble', 'pebble'] as const;

/** Packages that bring a service of their own, which nobody here has a use for. */
const SERVICES: Readonly<Record<string, string>> = {
  'apt-cacher-ng': 'apt-cacher-ng.service',
  knot: 'knot.service',
  'openssh-server': 'ssh.service',
};

const POLICY = '/usr/sbin/policy-rc.d';
const POLICY_TEXT =
  '#!/bin/sh\n# Written by cmdeploy lab, for the length of an apt-get install.\nexit 101\n';

/**
 * {@link ensurePackages} for the lab.
 *
 * @param acme whether hosts shall get certificates from an authority
 */
export const ensureRequirements = (acme: boolean, onProgress: OnProgress): Promise<void> =>
  ensurePackages('the lab', acme ? [...NEEDED, PEBBLE] : NEEDED, onProgress);

/**
 * Installs the Debian packages that are needed and that this machine lacks, after saying which, and
 * keeps their services from running. Needs root when something is missing.
 *
 * @param purpose for messages: what needs them
 */
export const ensurePackages = async (
  purpose: string,
  needed: readonly Requirement[],
  onProgress: OnProgress,
): Promise<void> => {
  if (missingOf(needed).length === 0) return;
  if (!existsSync('/usr/bin/apt-get')) {
    throw new LabError(
      `These programs are missing for ${purpose}, by their Debian package names: ${missingOf(needed).join(', ')}. This is not a Debian system: install them by hand`,
    );
  }
  // Two labs may find the same lacking at the same time.
  await withLock('packages', () => installMissing(purpose, needed, onProgress));
};

const missingOf = (needed: readonly Requirement[]): string[] =>
  needed.filter(([path]) => !existsSync(path)).map(([, name]) => name);

const installMissing = async (
  purpose: string,
  needed: readonly Requirement[],
  onProgress: OnProgress,
): Promise<void> => {
  const missing = missingOf(needed);
  if (missing.length === 0) return;
  onProgress(`installing Debian packages for ${purpose}: ${missing.join(', ')}`);
  await withoutServiceStarts(() => install(missing));
  const services = missing.flatMap((name) => SERVICES[name] ?? []);
  for (const service of services) await succeeds(['systemctl', 'disable', service]);
};

/** Milliseconds that another package manager may be at work, and between two looks at it. */
const APT_PATIENCE = { wait: 300_000, pause: 3000 } as const;

const install = async (packages: readonly string[]): Promise<void> => {
  const lock = ['-o', 'DPkg::Lock::Timeout=300'] as const;
  await aptGet(['apt-get', ...lock, 'update', '--quiet']);
  const options = ['--yes', '--quiet', '--no-install-recommends'];
  await aptGet(['apt-get', ...lock, 'install', ...options, ...packages]);
};

/** DPkg::Lock::Timeout is for dpkg's lock only; apt gives up at once when its lists are locked. */
const aptGet = async (argv: Argv): Promise<void> => {
  const deadline = Date.now() + APT_PATIENCE.wait;
  for (;;) {
    try {
      await run(argv, { env: { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' } });
      return;
    } catch (error) {
      const locked = error instanceof LabError && /Could not get lock/.test(error.message);
      if (!locked || Date.now() > deadline) throw error;
    }
    await sleep(APT_PATIENCE.pause);
  }
};

/** invoke-rc.d(8) starts nothing while policy-rc.d says 101. One that is not ours stays. */
const withoutServiceStarts = async (work: () => Promise<void>): Promise<void> => {
  const foreign = existsSync(POLICY) && (await readFile(POLICY, 'utf8')) !== POLICY_TEXT;
  if (foreign) return work();
  await writeFile(POLICY, POLICY_TEXT);
  await chmod(POLICY, 0o755);
  try {
    await work();
  } finally {
    await rm(POLICY, { force: true });
  }
};
