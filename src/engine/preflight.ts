/** What keeps a host from being deployed to, found in the facts before anything is touched. Pure. */
import type { Facts, ListenerFact } from './facts.ts';
import { sha256 } from './planning/sha256.ts';
import type { DesiredState, Platform } from './state.ts';

export interface Finding {
  readonly level: 'error' | 'warning';
  readonly what: string;
  readonly fix: string;
}

/** A port that one of our units will listen on. */
export interface RequiredPort {
  readonly protocol: 'tcp' | 'udp';
  /** The address it listens on; every address when left out. */
  readonly address?: string;
  readonly port: number;
  /** Units that may hold it. */
  readonly units: readonly string[];
}

export const SUPPORTED_SYSTEMS = 'Debian 12 or 13 (Raspberry Pi OS too), amd64 or arm64';

const PLATFORMS: Readonly<Record<string, Platform>> = { 12: { debian: 12 }, 13: { debian: 13 } };

/** Every platform that {@link platformOf} may answer. */
export const ALL_PLATFORMS: readonly Platform[] = Object.values(PLATFORMS);

const ARCHITECTURES: readonly string[] = ['amd64', 'arm64'];

/** The supported platform that the host is, or undefined. */
export const platformOf = ({ system }: Facts): Platform | undefined =>
  ['debian', 'raspbian'].includes(system.id) ? PLATFORMS[system.version] : undefined;

/** KiB that a first deploy needs under /usr and /var: packages, their archives, some mail. */
const FIRST_DEPLOY_KIB = 1024 * 1024;

/** KiB that any run needs: staged files, logs. */
const ANY_RUN_KIB = 64 * 1024;

/** Whether the host can be a target at all. Empty: yes. */
export const checkSystem = (facts: Facts): Finding[] => {
  const { system } = facts;
  const findings: Finding[] = [];
  const error = (what: string, fix: string): void => {
    findings.push({ level: 'error', what, fix });
  };
  const name = system.prettyName || system.id || 'an unknown system';
  if (!platformOf(facts)) error(`it runs ${name}`, `use a host with ${SUPPORTED_SYSTEMS}`);
  else if (!ARCHITECTURES.includes(system.architecture)) {
    error(`its architecture is ${system.architecture}`, `use a host with ${SUPPORTED_SYSTEMS}`);
  }
  if (!system.systemd) {
    error(
      'systemd does not run it',
      'use a host that was booted with systemd, not a bare container',
    );
  }
  if (system.uid !== 0) {
    error(
      'commands do not run as root there',
      'log in as root or as a user with passwordless sudo',
    );
  }
  return findings;
};

/** Whether there is room, and nothing in the way of `state`. */
export const checkRoom = (
  state: DesiredState,
  facts: Facts,
  ports: readonly RequiredPort[],
): Finding[] => [
  ...checkPreconditions(state, facts),
  ...checkDisk(state, facts),
  ...checkPorts(state, facts, ports),
];

const checkPreconditions = (state: DesiredState, facts: Facts): Finding[] =>
  state.preconditions.flatMap(({ name, fix }) =>
    (facts.preconditions[name] ?? []).map((what) => ({ level: 'error', what, fix })),
  );

const checkDisk = (state: DesiredState, facts: Facts): Finding[] => {
  const installs = state.packages.some((name) => facts.packages[name] === undefined);
  const needed = installs ? FIRST_DEPLOY_KIB : ANY_RUN_KIB;
  const places = [
    { path: '/var', free: facts.system.freeVarKib },
    { path: '/usr', free: facts.system.freeUsrKib },
  ];
  return places
    .filter(({ free }) => free < needed)
    .map(({ path, free }) => ({
      level: 'error',
      what: `${path} has ${mebibytes(free)} free, ${mebibytes(needed)} are needed`,
      fix: 'make room (apt-get clean, old logs) or enlarge the disk',
    }));
};

const mebibytes = (kib: number): string => `${Math.floor(kib / 1024)} MiB`;

const checkPorts = (
  state: DesiredState,
  facts: Facts,
  ports: readonly RequiredPort[],
): Finding[] => {
  const found = ports.flatMap((port) =>
    facts.listeners
      .filter((listener) => overlaps(listener, port))
      .flatMap((listener) => inTheWay(listener, port, state, facts)),
  );
  const byText = new Map(found.map((finding) => [finding.what, finding]));
  return [...byText.values()];
};

const ANY_ADDRESS = ['0.0.0.0', '[::]', '*'];

const overlaps = (listener: ListenerFact, port: RequiredPort): boolean => {
  if (listener.port !== port.port || listener.protocol !== port.protocol) return false;
  const address = listener.address.replace(/%.*$/, '');
  return port.address === undefined || address === port.address || ANY_ADDRESS.includes(address);
};

const inTheWay = (
  listener: ListenerFact,
  port: RequiredPort,
  state: DesiredState,
  facts: Facts,
): Finding[] => {
  const holder = listener.unit || listener.program || 'an unknown program';
  const where = `port ${port.port}/${port.protocol}`;
  const sockets = port.units.some((unit) => unit.endsWith('.socket'));
  const systemd = listener.unit === 'init.scope' && sockets;
  if (!systemd && !port.units.includes(listener.unit)) {
    const program = listener.program ? ` (${listener.program})` : '';
    const stop = listener.unit.endsWith('.service')
      ? `stop it (systemctl disable --now ${listener.unit}) or remove its package`
      : 'stop that program';
    return [
      {
        level: 'error',
        what: `${where} is held by ${holder}${program}`,
        fix: `${stop}, then run again`,
      },
    ];
  }
  if (systemd || isOurs(listener.unit, state, facts)) return [];
  return [
    {
      level: 'error',
      what: `${where} is served by ${holder}, which cmdeploy did not set up`,
      fix: `its configuration would be replaced; if that is what you want, stop it first: systemctl disable --now ${holder}`,
    },
  ];
};

/** Started by us before, or at least configured by us (a run may have died before the stamp). */
const isOurs = (unit: string, state: DesiredState, facts: Facts): boolean => {
  if (facts.stamps[unit] !== undefined) return true;
  const managed = state.units.find(({ name }) => name === unit);
  const inputs = [...(managed?.restartOn.files ?? []), ...(managed?.reloadOn.files ?? [])];
  const files = state.files.filter(({ path }) => inputs.includes(path));
  return (
    files.length > 0 &&
    files.every(({ path, content }) => facts.files[path]?.sha256 === sha256(content))
  );
};
