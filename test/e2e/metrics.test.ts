/** Figures for Prometheus, on relays whose operator wants them: what mtail counts of real mail. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LabHost, onHost, shellOnHost } from '../support/cmdeploy.ts';
import { deliver, type Login } from '../support/delivery.ts';
import { deployAgain, deployWith } from '../support/deploy-with.ts';
import { waitForSource } from '../support/imap.ts';
import { cleartext, pgpMime } from '../support/messages.ts';
import { newAccount, peerOf, relays, submitting } from '../support/relays.ts';

const UNIT = 'chatmail-metrics.service';

/** What Prometheus would get, from the host itself: the figures are offered on its loopback address. */
const figures = (relay: LabHost): Promise<string> =>
  shellOnHost(
    relay,
    `exec 3<>/dev/tcp/127.0.0.1/3903
     printf 'GET /metrics HTTP/1.0\\r\\n\\r\\n' >&3
     grep -a '^chatmail_' <&3 || true`,
  );

const count = (text: string, name: string): number => {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  return Number(line?.slice(name.length) ?? 0);
};

const send = (relay: LabHost, from: Login, to: Login, source: string) =>
  submitting(relay, from, (session) =>
    deliver(session, { from: from.address, to: [to.address] }, source),
  );

beforeAll(() =>
  Promise.all(relays.map((relay) => deployWith(relay, { mtail_address: '127.0.0.1' }))),
);
afterAll(() => Promise.all(relays.map(deployAgain)));

describe.each(relays)('metrics on Debian $debian', (relay) => {
  const IN = 'chatmail_recipients{direction="in",status="sent"}';
  const OUT = 'chatmail_recipients{direction="out",status="sent"}';
  const REFUSED = 'chatmail_refused_messages{direction="outgoing",reason="not-encrypted"}';

  test('count mail in, out and refused', async () => {
    const peer = peerOf(relay);
    const [from, near, far] = await Promise.all([
      newAccount(relay),
      newAccount(relay),
      newAccount(peer),
    ]);
    const before = await figures(relay);
    for (const [to, target] of [
      [near, relay],
      [far, peer],
    ] as const) {
      const { id, source } = await pgpMime({ from: from.address, to: to.address });
      await send(relay, from, to, source);
      await waitForSource(target, to, id);
    }
    const { source } = cleartext({ from: from.address, to: near.address });
    expect((await send(relay, from, near, source)).code).toBe(523);
    for (const name of [IN, OUT, REFUSED])
      await expect
        .poll(async () => count(await figures(relay), name), { timeout: 30_000, interval: 500 })
        .toBe(count(before, name) + 1);
  });

  test('go on when what reads the journal ends', async () => {
    const started = () => onHost(relay, 'systemctl', 'show', '-p', 'NRestarts', '--value', UNIT);
    const before = await started();
    await onHost(relay, 'pkill', '-KILL', '-f', '^journalctl --follow');
    await expect.poll(started, { timeout: 60_000, interval: 500 }).not.toBe(before);
  });
});
