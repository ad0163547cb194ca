/** How the host reaches others and is reached. */
import type { Facts } from '../facts.ts';
import type { MachineFacts, OutboundFact } from '../machine-facts.ts';
import type { DesiredState } from '../state.ts';
import { isGlobalIpv4, isIpv4 } from './addresses.ts';
import { error, type Finding, warning } from './finding.ts';
import type { RequiredPort } from './ports.ts';

/** What the host has to be able to do in the network, and what to do when it is not. */
export interface NetworkNeeds {
  /** Names or addresses by which others reach it. */
  readonly names: readonly string[];
  /** A port that must be open on other hosts, and some that certainly have it open. */
  readonly outbound: {
    readonly port: number;
    readonly hosts: readonly string[];
    /** What to do when it is not, by what was found. */
    readonly fix: Readonly<Record<'refused' | 'filtered', string>>;
  };
}

/**
 * Without names apt finds no packages; a run that needs none may well put the resolver right. One on the
 * host itself may be the very package that is missing, so that only trying tells.
 */
export const checkResolver = (
  state: DesiredState,
  facts: Facts,
  { names }: NetworkNeeds,
): Finding[] => {
  const { nameservers, reachedAt, ownNameResolves } = facts.machine;
  const resolved = ownNameResolves || reachedAt.some((address) => !names.includes(address));
  const answered = nameservers.some(({ answers }) => answers);
  if (nameservers.length === 0 || answered || resolved) return [];
  const list = nameservers.map(({ address }) => address).join(', ');
  const installs = state.packages.some((name) => facts.packages[name] === undefined);
  return [
    (installs && !nameservers.every(({ address }) => isLoopback(address)) ? error : warning)(
      `it resolves no names: no good answer from ${list}`,
      'put a name server that answers into /etc/resolv.conf; can it reach port 53 of others?',
    ),
  ];
};

const isLoopback = (address: string): boolean => /^127\.|^::1$/.test(address);

/** One open connection shows that nothing is in the way; without any name resolved nothing is known. */
export const checkOutbound = (
  { outbound }: MachineFacts,
  { outbound: { port, fix } }: NetworkNeeds,
): Finding[] => {
  if (outbound.length === 0 || outbound.some(({ result }) => result === 'open')) return [];
  const filtered = outbound.filter(({ result }) => result === 'filtered');
  const hosts = (facts: readonly OutboundFact[]): string =>
    facts.map(({ host }) => host).join(', ');
  if (filtered.length > 0) {
    const what = `connections to port ${port} of other hosts are filtered: no answer from ${hosts(filtered)}`;
    return [warning(what, fix.filtered)];
  }
  const reasons = [...new Set(outbound.map(({ reason }) => reason))].join(', ');
  const what = `connections to port ${port} of other hosts are refused: ${hosts(outbound)} (${reasons})`;
  return [warning(what, fix.refused)];
};

/** Nothing is said where the names lead to the host itself, whatever the network: it is meant so. */
export const checkAddresses = (
  { addresses, routes, reachedAt }: MachineFacts,
  ports: readonly RequiredPort[],
): Finding[] => {
  if (addresses.length === 0 && routes.length === 0) return [];
  const own = addresses.filter(isIpv4);
  if (own.length === 0) {
    const what = 'it has no IPv4 address: most servers and clients do not reach it';
    return [warning(what, 'have the hoster give it one')];
  }
  if (reachedAt.some((address) => addresses.includes(address))) return [];
  if (!routes.includes(4)) {
    const what = 'it has no default route for IPv4: it reaches its own network only';
    return [warning(what, 'see its network configuration: ip route')];
  }
  return own.some(isGlobalIpv4) ? [] : [behindNat(own, reachedAt, ports)];
};

const behindNat = (
  own: readonly string[],
  reachedAt: readonly string[],
  ports: readonly RequiredPort[],
): Finding => {
  const names = reachedAt.length === 0 ? 'resolves nowhere' : `leads to ${reachedAt.join(', ')}`;
  return warning(
    `it has no public IPv4 address, only ${own.join(', ')} (NAT); its name ${names}`,
    `have the router forward port ${forwarded(ports)} to ${own[0] ?? 'it'}`,
  );
};

const forwarded = (ports: readonly RequiredPort[]): string =>
  ports
    .filter(({ address }) => address === undefined)
    .map(({ port, protocol }) => `${port}/${protocol}`)
    .join(', ');
