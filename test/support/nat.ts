/** A relay behind a router: the other host is the router, and has the Internet in a namespace. */
import { type LabHost, shellOnHost } from './cmdeploy.ts';

/** The router's address on the Internet, which is all that is seen of the relay, and a client's (RFC 5737). */
export const ROUTER_OUTSIDE = '203.0.113.1';
export const CLIENT = '203.0.113.2';
const INTERNET = '203.0.113.0/24';
/** Runs what follows on the router as the client. */
export const AS_CLIENT = 'ip netns exec internet';

/** Passes on the ports of calls while `use` runs; leaves no trace on either host. */
export async function behindNat<R>(
  relay: LabHost,
  router: LabHost,
  use: () => Promise<R>,
): Promise<R> {
  try {
    await shellOnHost(router, connect(relay.address));
    await shellOnHost(relay, `ip route replace ${INTERNET} via ${router.address}`);
    return await use();
  } finally {
    await shellOnHost(relay, `ip route delete ${INTERNET} || true`);
    await shellOnHost(router, DISCONNECT);
  }
}

const connect = (relay: string): string => `
  ip netns add internet
  ip link add inside type veth peer name outside netns internet
  ip address add ${ROUTER_OUTSIDE}/24 dev inside
  ip link set inside up
  ip -netns internet address add ${CLIENT}/24 dev outside
  ip -netns internet link set outside up
  ip -netns internet link set lo up
  echo 1 > /proc/sys/net/ipv4/ip_forward
  nft --file - <<'END'
table ip nat-of-test {
  chain in {
    type nat hook prerouting priority dstnat;
    iifname inside udp dport { 3478, 49152-49663 } dnat to ${relay}
  }
  chain out {
    type nat hook postrouting priority srcnat;
    oifname inside masquerade
  }
}
END`;

const DISCONNECT = `
  echo 0 > /proc/sys/net/ipv4/ip_forward
  nft delete table ip nat-of-test || true
  ip link delete inside || true
  ip netns delete internet || true`;
