import { LabError } from './errors.ts';

/**
 * Labs take their /24 from the range set aside for benchmarks (RFC 2544 appendix C.2.2,
 * 198.18.0.0/15), which no real network uses; a VPN or another lab of this machine may.
 */
const NETWORKS = 512;

const networkAt = (index: number): string => `198.${18 + Math.floor(index / 256)}.${index % 256}`;

/**
 * The first /24 that no route of this machine touches, searched from a place that depends on the lab.
 *
 * @param id six hex digits
 * @param routes destinations as in `ip -json route`: `default`, `10.0.0.0/8`, `192.0.2.1`
 * @returns its first three numbers
 */
export const chooseNetwork = (id: string, routes: readonly string[]): string => {
  const start = Number.parseInt(id, 16) % NETWORKS;
  for (let step = 0; step < NETWORKS; step += 1) {
    const network = networkAt((start + step) % NETWORKS);
    if (!routes.some((route) => overlaps(route, network))) return network;
  }
  throw new LabError('All of 198.18.0.0/15 has routes on this machine: no network for a lab');
};

/** Wider ones are default routes in disguise, as VPNs set them: 0.0.0.0/1 and 128.0.0.0/1. */
const WIDEST = 8;

const overlaps = (route: string, network: string): boolean => {
  const [address = '', length = '32'] = route.split('/');
  if (address === 'default' || Number(length) < WIDEST) return false;
  const shift = 32 - Math.min(Number(length), 24);
  return toNumber(address) >>> shift === toNumber(`${network}.0`) >>> shift;
};

const toNumber = (address: string): number =>
  address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
