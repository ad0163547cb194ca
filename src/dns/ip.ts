import { isIPv6, SocketAddress } from 'node:net';

/** One spelling for each address: IPv6 has many (RFC 5952). */
export const canonicalAddress = (address: string): string =>
  isIPv6(address) ? new SocketAddress({ address, family: 'ipv6' }).address : address;

export const sameAddress = (one: string, other: string): boolean =>
  canonicalAddress(one) === canonicalAddress(other);

/** Name of an address in the reverse tree (RFC 1035 section 3.5, RFC 3596 section 2.5). */
export const reverseName = (address: string): string =>
  isIPv6(address)
    ? `${nibbles(address).reverse().join('.')}.ip6.arpa`
    : `${address.split('.').reverse().join('.')}.in-addr.arpa`;

export const ipv6Bytes = (address: string): Buffer => Buffer.from(nibbles(address).join(''), 'hex');

const nibbles = (address: string): string[] => {
  const [head = '', tail] = canonicalAddress(address).split('::');
  const groups = (text: string): string[] => text.split(':').filter(Boolean).flatMap(hexGroups);
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const zeros = Array<string>(8 - before.length - after.length).fill('0000');
  return [...before, ...zeros, ...after].join('').split('');
};

/** `::ffff:192.0.2.1` ends in two groups written as IPv4. */
const hexGroups = (group: string): string[] => {
  if (!group.includes('.')) return [group.padStart(4, '0')];
  const bytes = group.split('.').map((byte) => Number(byte).toString(16).padStart(2, '0'));
  return [bytes.slice(0, 2).join(''), bytes.slice(2).join('')];
};
