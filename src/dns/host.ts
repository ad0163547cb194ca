/** What the relay's host knows of its own DNS records: one command, reads only, no private key leaves it. */
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { RemoteCommandError } from '../host/errors.ts';
import type { Host } from '../host/host.ts';
import { ACME_ACCOUNT, DKIM_KEYS_DIR, DKIM_SELECTOR, DKIM_TABLE_ENTRY } from '../relay/paths.ts';
import type { DkimKey } from './relay-records.ts';

/** A key that has signed until another one took its place. */
export interface RetiredKey extends DkimKey {
  /** Seconds since then, by the host's clock. */
  readonly age: number;
}

export interface HostDns {
  /** The key that signs. Undefined before the first deployment. */
  readonly dkim: DkimKey | undefined;
  /** The key that will sign when its record is published. */
  readonly next: DkimKey | undefined;
  readonly retired: readonly RetiredKey[];
  /** The key signs already, but a rotation died before it was done. */
  readonly interrupted: boolean;
  /** URL of its account at the certificate authority. */
  readonly account: string | undefined;
  /** Its public addresses; a host behind NAT has none of IPv4. */
  readonly addresses: readonly string[];
}

/**
 * Its arguments: the folder of the keys, the default selector, the name of the entry in the table, and
 * the file with the account at the certificate authority.
 */
const SCRIPT = `set -u
key() {
  [ -r "$2.private" ] || return 0
  printf 'dkim %s %s %s ' "$1" "$2" "$3"
  openssl pkey -in "$2.private" -pubout -outform DER | base64 --wrap=0
  printf '\\n'
}
if cd "$1" 2>/dev/null; then
  current=$(awk -v entry="$3" '$1 == entry { split($2, part, ":"); print part[2] }' KeyTable 2>/dev/null)
  key current "\${current:-$2}" 0
  if [ -r next ]; then key next "$(cat next)" 0; fi
  for file in *.retired; do
    if [ -r "$file" ]; then key retired "\${file%.retired}" "$(cat "$file")"; fi
  done
fi
if [ -r "$4" ]; then printf 'account %s\\n' "$(head -n 1 "$4")"; fi
printf 'now %s\\n' "$(date +%s)"
ip -o addr show scope global 2>/dev/null |
  awk '!/ (temporary|deprecated|tentative) / { split($4, part, "/"); print "address " part[1] }'
`;

const TIMEOUT_MS = 30_000;

/** @throws HostError */
export const readHostDns = async (host: Host): Promise<HostDns> => {
  const names = [DKIM_KEYS_DIR, DKIM_SELECTOR, DKIM_TABLE_ENTRY, ACME_ACCOUNT] as const;
  const argv = ['sh', '-s', ...names] as const;
  const result = await host.exec(argv, { input: SCRIPT, timeoutMs: TIMEOUT_MS });
  if (result.code !== 0) throw new RemoteCommandError(host.name, argv, result);
  return parseHostDns(result.stdout);
};

/** Lines that are not as expected are left out: a host can say anything. */
export const parseHostDns = (text: string): HostDns => {
  const lines = text.split('\n');
  const now = Number(lines.flatMap((line) => /^now (\d{1,12})$/.exec(line)?.[1] ?? [])[0]);
  const keys = lines.flatMap(parseKeyLine);
  const dkim = keys.find(({ role }) => role === 'current');
  // Between the steps of an interrupted rotation a key may have two roles: what signs, signs.
  const others = keys.filter(({ selector }) => selector !== dkim?.selector);
  const next = others.find(({ role }) => role === 'next');
  const retired = others.filter(({ role }) => role === 'retired');
  const addresses = lines.flatMap((line) => /^address (\S+)$/.exec(line)?.[1] ?? []);
  return {
    dkim: dkim && publicPart(dkim),
    next: next && publicPart(next),
    retired: retired.map((key) => ({ ...publicPart(key), age: Math.max(0, now - key.since) })),
    interrupted: keys.some(({ role, selector }) => role === 'next' && selector === dkim?.selector),
    account: lines.flatMap(
      (line) => /^account (https:\/\/[\x21-\x7e]{1,500})$/.exec(line)?.[1] ?? [],
    )[0],
    addresses: [...new Set(addresses)].filter(isPublic),
  };
};

interface KeyLine extends DkimKey {
  readonly role: string;
  readonly since: number;
}

const parseKeyLine = (line: string): KeyLine[] => {
  const [, role, selector, since, publicKey] = KEY_LINE.exec(line) ?? [];
  if (role === undefined || selector === undefined || publicKey === undefined) return [];
  return [{ role, selector, publicKey, since: Number(since) }];
};

const publicPart = ({ selector, publicKey }: DkimKey): DkimKey => ({ selector, publicKey });

/** A selector is a label or several (RFC 6376 section 3.1). */
const KEY_LINE =
  /^dkim (current|next|retired) ([a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?) (\d{1,12}) ([A-Za-z0-9+/]{64,2048}={0,2})$/;

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
