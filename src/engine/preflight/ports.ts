/** Ports that somebody else holds. */
import type { Facts, ListenerFact } from '../facts.ts';
import { sha256 } from '../planning/sha256.ts';
import type { DesiredState } from '../state.ts';
import { error, type Finding } from './finding.ts';

/** A port that one of our units will listen on. */
export interface RequiredPort {
  readonly protocol: 'tcp' | 'udp';
  /** The address it listens on, as in ListenerFact; every address when left out. */
  readonly address?: string;
  readonly port: number;
  /** Units that may hold it. */
  readonly units: readonly string[];
}

/** @param takeOver whether a unit of ours that somebody else set up may be taken over */
export const checkPorts = (
  state: DesiredState,
  facts: Facts,
  ports: readonly RequiredPort[],
  takeOver: boolean,
): Finding[] => {
  const mayServe = (unit: string): boolean => takeOver || isOurs(unit, state, facts);
  const found = ports.flatMap((port) =>
    facts.listeners
      .filter((listener) => overlaps(listener, port))
      .flatMap((listener) => inTheWay(listener, port, mayServe)),
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
  mayServe: (unit: string) => boolean,
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
    return [error(`${where} is held by ${holder}${program}`, `${stop}, then run again`)];
  }
  if (systemd || mayServe(listener.unit)) return [];
  return [
    error(
      `${where} is served by ${holder}, which cmdeploy did not set up`,
      'its configuration would be replaced: allow that with --replace-configuration, or use another host',
    ),
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
