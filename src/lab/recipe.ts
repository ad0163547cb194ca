import { createHash } from 'node:crypto';
import type { DebianRelease } from './state.ts';

/** What a base image is made of. Whatever changes here makes a new image. */
export interface BaseRecipe {
  readonly debian: DebianRelease;
  readonly suite: string;
  readonly sources: readonly string[];
  readonly packages: readonly string[];
  /** apt.conf lines taken over from this machine. */
  readonly aptOptions: readonly string[];
  /** Files written into the image, by path. */
  readonly files: Readonly<Record<string, string>>;
  /** Units masked in the image. */
  readonly masked: readonly string[];
}

const SUITES: Readonly<Record<DebianRelease, string>> = { 12: 'bookworm', 13: 'trixie' };
const MIRROR = 'http://deb.debian.org/debian';
const SECURITY_MIRROR = 'http://deb.debian.org/debian-security';

/** What a bare Debian host has beyond the essential packages, as far as a deployment relies on it. */
const PACKAGES = [
  'ca-certificates',
  'dbus',
  'init-system-helpers',
  'iproute2',
  'libpam-systemd',
  'netbase',
  'openssh-server',
  'procps',
  'sudo',
  'systemd',
  'systemd-sysv',
  'tzdata',
];

const FILES = {
  '/etc/ssh/sshd_config.d/lab.conf': 'PasswordAuthentication no\nUseDNS no\n',
  '/etc/systemd/system/lab-network.service': `[Unit]
Description=Address of this lab host
DefaultDependencies=no
Before=network.target network-online.target
Wants=network.target

[Service]
Type=oneshot
RemainAfterExit=yes
EnvironmentFile=/etc/lab-network
ExecStart=/usr/sbin/ip link set host0 up
ExecStart=/usr/sbin/ip address add \${ADDRESS} dev host0

[Install]
WantedBy=sysinit.target
`,
};

/** They would take the dpkg lock at a time of their own and find no way out. */
const MASKED = ['apt-daily.timer', 'apt-daily-upgrade.timer'];

export const baseRecipe = (debian: DebianRelease, aptOptions: readonly string[]): BaseRecipe => {
  const suite = SUITES[debian];
  return {
    debian,
    suite,
    sources: [
      `deb ${MIRROR} ${suite} main`,
      `deb ${MIRROR} ${suite}-updates main`,
      `deb ${SECURITY_MIRROR} ${suite}-security main`,
    ],
    packages: PACKAGES,
    aptOptions,
    files: FILES,
    masked: MASKED,
  };
};

const hash = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 12);

/** Name of the cached image: `debian13-0123456789ab`. */
export const baseName = (recipe: BaseRecipe): string => `debian${recipe.debian}-${hash(recipe)}`;

/** Name of the cached layer of packages above a base; the order of the packages does not matter. */
export const layerName = (base: string, packages: readonly string[]): string =>
  `${base}-with-${hash([...new Set(packages)].sort())}`;

/**
 * Of `apt-config dump`, what this machine says about expired archives: where the machine's mirror
 * is a frozen snapshot, its hosts get the same one.
 */
export const inheritedAptOptions = (aptConfigDump: string): string[] =>
  aptConfigDump
    .split('\n')
    .filter((line) => /^Acquire::(Check-Valid-Until|Check-Date|Max-FutureTime) /.test(line));
