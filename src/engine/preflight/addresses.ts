import { BlockList, isIP } from 'node:net';

/** Addresses that the world has no route to (RFC 6890 and what it collects). */
const LOCAL = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const) {
  LOCAL.addSubnet(network, prefix, 'ipv4');
}

export const isIpv4 = (address: string): boolean => isIP(address) === 4;

export const isGlobalIpv4 = (address: string): boolean =>
  isIpv4(address) && !LOCAL.check(address, 'ipv4');
