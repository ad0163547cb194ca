/** What the relay's host knows of its own DNS records: one command, reads only, no private key leaves it. */
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { RemoteCommandError } from '../host/errors.ts';
import type { Host } from '../host/host.ts';
import type { DkimKey } from './relay-records.ts';

export interface HostDns {
  /** Undefined before the first deployment. */
  readonly dkim: DkimKey | undefined;
  /** Its public addresses; a host behind NAT has none of IPv4. */
  readonly addresses: readonly string[];
}

const SCRIPT = `set -u
if [ -r "$1" ]; then
  printf 'dkim %s ' "$2"
  openssl pkey -in "$1" -pubout -outform DER | base64 --wrap=0
  printf '\\n'
fi
ip -o addr show scope global 2>/dev/null |
  awk '!/ (temporary|deprecated|tentative) / { split($4, part, "/"); print "address " part[1] }'
`;

const TIMEOUT_MS = 30_000;

/** @throws HostError */
export const readHostDns = async (
  host: Host,
  key: { readonly file: string; readonly selector: string },
): Promise<HostDns> => {
  const argv = ['sh', '-s', key.file, key.selector] as const;
  const result = await host.exec(argv, { input: SCRIPT, timeoutMs: TIMEOUT_MS });
  if (result.code !== 0) throw new RemoteCommandError(host.name, argv, result);
  return parseHostDns(result.stdout);
};

/** Lines that are not as expected are left out: a host can say anything. */
export const parseHostDns = (text: string): HostDns => {
  const lines = text.split('\n');
  const [, selector, , publicKey] =
    lines.map((line) => DKIM_LINE.exec(line)).find((match) => match !== null) ?? [];
  const addresses = lines.flatMap((line) => /^address (\S+)$/.exec(line)?.[1] ?? []);
  const dkim =
    selector === undefined || publicKey === undefined ? undefined : { selector, publicKey };
  return { dkim, addresses: [...new Set(addresses)].filter(isPublic) };
};

/** A selector is a label or several (RFC 6376 section 3.1). */
const DKIM_LINE = /^dkim ([a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?) ([A-Za-z0-9+/]{64,2048}={0,2})$/;

const PRIVATE_V4 = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'];
const PRIVATE_V6 = ['fc00::/7', 'fe80::/10'];

const blockList = (networks: readonly string[], family: 'ipv4' | 'ipv6'): BlockList => {
  const list = new BlockList();
  for (const network of networks) {
    const [base = '', bits] = network.split('/');
    list.addSubnet(base, Number(bits), family);
  }
  return list;
};

const privateV4 = blockList(PRIVATE_V4, 'ipv4');
const privateV6 = blockList(PRIVATE_V6, 'ipv6');

/** Neither of a private network (RFC 1918, RFC 4193) nor of a provider's NAT (RFC 6598). */
const isPublic = (address: string): boolean =>
  (isIPv4(address) && !privateV4.check(address, 'ipv4')) ||
  (isIPv6(address) && !privateV6.check(address, 'ipv6'));
