import { type LabPaths, labPaths } from './paths.ts';
import { bridgeAddress, readState } from './state.ts';

/** How to reach a lab host by ssh. */
export interface LabHostAccess {
  readonly address: string;
  /** Path of the private key that may log in as root. */
  readonly identityFile: string;
  /** Path of a known_hosts file with the host's key under its address and its domain. */
  readonly knownHosts: string;
}

/**
 * The lab host of a relay's domain like `_alpha.test`, so that `cmdeploy run` reaches it although
 * its name resolves only inside the lab. Reads one file; needs no root.
 *
 * @returns undefined when no lab has such a host
 */
export const labHostFor = (
  domain: string,
  lab: LabPaths = labPaths(),
): LabHostAccess | undefined => {
  const host = readState(lab)?.hosts.find((candidate) => candidate.domain === domain);
  if (host === undefined) return undefined;
  return { address: host.address, identityFile: lab.key, knownHosts: lab.knownHosts };
};

/** Address of the DNS server that knows the zone of a lab host. Reads one file; needs no root. */
export const labResolverFor = (domain: string, lab: LabPaths = labPaths()): string | undefined => {
  const state = readState(lab);
  return state?.hosts.some((host) => host.domain === domain) ? bridgeAddress(state) : undefined;
};
