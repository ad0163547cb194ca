/** Mail to other relays: over HTTPS first, then on port 25. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { IN_LAB, type LabHost, onHost, shellOnHost } from '../support/cmdeploy.ts';
import { deliver } from '../support/delivery.ts';
import { DeltaChatAccount, dcloginUrl, newCredentials } from '../support/deltachat.ts';
import { DeltaChatCore } from '../support/deltachat-core.ts';
import { waitForSource } from '../support/imap.ts';
import { addAddresses, addExchanger, removeNames } from '../support/lab-zone.ts';
import { pgpMime } from '../support/messages.ts';
import { newAccount, peerOf, relays, submitting } from '../support/relays.ts';

const POLL = { timeout: 60_000, interval: 500 };

/** Blocks a TCP port of others and of the host itself while `use` runs, as a hoster would. */
async function blocking(hosts: readonly LabHost[], port: number, use: () => Promise<void>) {
  const rules = `nft -f - <<EOF
    table inet blocked {
      chain input { type filter hook input priority -10; iifname != lo tcp dport ${port} drop; }
      chain output { type filter hook output priority -10; oifname != lo tcp dport ${port} drop; }
    }
EOF`;
  const unblock = 'nft delete table inet blocked 2>/dev/null || true';
  await Promise.all(hosts.map((host) => shellOnHost(host, `${unblock}\n${rules}`)));
  try {
    await use();
  } finally {
    await Promise.all(hosts.map((host) => shellOnHost(host, unblock)));
  }
}

/** What Postfix's smtp(8) noted about a message. */
const notesOn = (relay: LabHost, queueId: string) =>
  shellOnHost(
    relay,
    `journalctl -q -o cat -t mail --no-pager | grep 'smtp\\[.*${queueId}' || true`,
  );

const forget = (relay: LabHost) => onHost(relay, 'systemctl', 'restart', 'chatmail-mxsend.service');

/** Submits a message. */
async function send(relay: LabHost, to: readonly string[]) {
  const sender = await newAccount(relay);
  const { id, source } = await pgpMime({ from: sender.address, to: to[0] ?? '' });
  const { code, text } = await submitting(relay, sender, (session) =>
    deliver(session, { from: sender.address, to }, source),
  );
  expect([code, text]).toEqual([250, expect.stringContaining('queued as')]);
  return { sender, id, queueId: text.replace(/.*queued as /s, '').trim() };
}

let core: DeltaChatCore;
const apt = (...args: readonly string[]) =>
  Promise.all(relays.map((relay) => onHost(relay, 'apt-get', '-qq', '-y', ...args)));

beforeAll(async () => {
  await apt('install', 'nftables');
  core = await DeltaChatCore.start(IN_LAB);
});
afterAll(async () => {
  await core?.close();
  await apt('purge', '--autoremove', 'nftables');
});

test('relays whose port 25 is blocked exchange messages', async () => {
  await blocking(relays, 25, async () => {
    await Promise.all(relays.map(forget));
    const [alice, bob] = await Promise.all(
      relays.map(({ domain }) => DeltaChatAccount.login(core, dcloginUrl(newCredentials(domain)))),
    );
    if (!alice || !bob) throw new Error('There are fewer than two relays.');
    const { chat, inviterChat } = await bob.secureJoin(alice);
    await alice.waitForText(await bob.sendText(chat, 'Is port 25 blocked?'));
    await bob.waitForText(await alice.sendText(inviterChat, 'It is.'));
  });
});

describe.each(relays)('mail from Debian $debian', (relay) => {
  const peer = peerOf(relay);

  test('goes over HTTPS to a relay that takes it so', async () => {
    const recipient = await newAccount(peer);
    const { id, queueId } = await send(relay, [recipient.address]);
    await waitForSource(peer, recipient, id);
    await expect.poll(() => notesOn(relay, queueId), POLL).toContain('taken over HTTPS');
  });

  test('goes to port 25 where HTTPS is not answered, in the same attempt', async () => {
    await forget(relay);
    await blocking([peer], 443, async () => {
      const recipient = await newAccount(peer);
      const { id, queueId } = await send(relay, [recipient.address]);
      await waitForSource(peer, recipient, id, 60_000);
      await expect.poll(() => notesOn(relay, queueId), POLL).toMatch(/:25, .*status=sent/);
      expect(await notesOn(relay, queueId)).not.toContain('status=deferred');
    });
    await forget(relay);
  });

  test('goes to port 25 while the service is away', async () => {
    const units = ['chatmail-mxsend.socket', 'chatmail-mxsend.service'];
    await onHost(relay, 'systemctl', 'stop', ...units);
    try {
      const recipient = await newAccount(peer);
      const { id } = await send(relay, [recipient.address]);
      await waitForSource(peer, recipient, id);
    } finally {
      await onHost(relay, 'systemctl', 'start', ...units);
    }
  });

  test("comes back with the other relay's words when that refuses it", async () => {
    const domain = `_elsewhere.${peer.domain}`;
    await addExchanger(peer, domain);
    try {
      const { sender } = await send(relay, [`somebody@${domain}`]);
      const bounce = await waitForSource(relay, sender, 'Relay access denied', 60_000);
      expect(bounce).toMatch(/554 5\.7\.1 .*somebody@_elsewhere/s);
    } finally {
      await removeNames(peer, [domain]);
    }
  });

  test('does not go over HTTPS when the certificate is not good for the host', async () => {
    const domain = `strict.${peer.domain}`;
    await addExchanger(peer, domain);
    try {
      const { queueId } = await send(relay, [`somebody@${domain}`]);
      await expect.poll(() => notesOn(relay, queueId), POLL).toContain('status=deferred');
      expect(await notesOn(relay, queueId)).not.toContain('taken over HTTPS');
      await onHost(relay, 'postsuper', '-d', queueId);
    } finally {
      await removeNames(peer, [domain]);
    }
  });

  test('is not held up by a thousand hosts that do not answer', async () => {
    const nobody = { ...peer, address: peer.address.replace(/\d+$/, '250') };
    const wildcard = `*.nobody.${peer.domain}`;
    await addAddresses(nobody, [wildcard]);
    try {
      const domains = Array.from({ length: 1000 }, (_, n) => `h${n}.nobody.${peer.domain}`);
      const { queueId } = await send(
        relay,
        domains.map((domain) => `somebody@${domain}`),
      );
      const recipient = await newAccount(peer);
      const { id } = await send(relay, [recipient.address]);
      await waitForSource(peer, recipient, id, 90_000);
      const used = await shellOnHost(
        relay,
        `ls /proc/$(systemctl show -p MainPID --value chatmail-mxsend)/fd | wc -l
         pgrep -xc smtp`,
      );
      const [descriptors, processes] = used.trim().split('\n').map(Number);
      console.log(`${relay.name}: ${descriptors} descriptors, ${processes} smtp processes`);
      expect(descriptors).toBeLessThan(1000);
      expect(processes).toBeLessThanOrEqual(200);
      await onHost(relay, 'postsuper', '-d', queueId);
    } finally {
      await removeNames(peer, [wildcard]);
    }
  });
});
