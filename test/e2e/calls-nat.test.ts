import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onHost, shellOnHost } from '../support/cmdeploy.ts';
import { deployAgain, deployWith } from '../support/deploy-with.ts';
import { AS_CLIENT, behindNat, CLIENT, ROUTER_OUTSIDE } from '../support/nat.ts';
import { peerOf, relays } from '../support/relays.ts';
import { credentialsOf } from '../support/turn.ts';

describe.each(relays)('calls behind NAT on Debian $debian', (relay) => {
  const router = peerOf(relay);
  beforeAll(() => deployWith(relay, { turn_external_address: ROUTER_OUTSIDE }));
  afterAll(() => deployAgain(relay));

  test('are relayed from the address that the Internet sees', async () => {
    const turn = await credentialsOf(relay, Math.floor(Date.now() / 1000) + 3600);
    const output = await behindNat(relay, router, async () => {
      // It looks for the way to that address when it starts.
      await onHost(relay, 'systemctl', 'restart', 'coturn');
      return await shellOnHost(
        router,
        `${AS_CLIENT} turnutils_peer -L ${CLIENT} -p 3480 >/dev/null 2>&1 &
         ${AS_CLIENT} timeout 20 turnutils_uclient -v -c -n 2 -m 1 -u '${turn.username}' \\
           -w '${turn.password}' -e ${CLIENT} -r 3480 ${ROUTER_OUTSIDE} 2>&1 || true
         kill %1`,
      );
    });
    expect(output).toMatch(new RegExp(`IPv4\\. Received relay addr: ${ROUTER_OUTSIDE}:`));
    expect(output).toContain('tot_send_msgs=2, tot_recv_msgs=2');
  });
});
