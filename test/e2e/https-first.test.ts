/** Mail to other relays: over HTTPS first, then on port 25. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blockingPort } from '../support/blocked-port.ts';
import { IN_LAB, type LabHost, onHost, shellOnHost } from '../support/cmdeploy.ts';
import { deliver } from '../support/delivery.ts';
import { DeltaChatAccount, dcloginUrl, newCredentials } from '../support/deltachat.ts';
import { DeltaChatCore } from '../support/deltachat-core.ts';
import { allMessages, waitForSource, withMailbox } from '../support/imap.ts';
import { addAddresses, addExchanger, removeNames } from '../support/lab-zone.ts';
import { pgpMime } from '../support/messages.ts';
import { newAccount, peerOf, relays, submitting } from '../support/relays.ts';
import { SlowRelay } from '../support/slow-relay.ts';

/** Postfix tries again after a minute what was refused for the moment. */
const POLL = { timeout: 120_000, interval: 500 };

/** What Postfix's smtp(8) noted about a message. */
const notesOn = (relay: LabHost, queueId: string) =>
  shellOnHost(
    relay,
    `journalctl -q -o cat -t mail --no-pager | grep 'smtp\\[.*${queueId}' || true`,
  );

const forget = (relay: LabHost) => onHost(relay, 'systemctl', 'restart', 'chatmail-mxsend.service');

/** How many files and connections the service has open. */
const descriptorsOf = async (relay: LabHost) => {
  const pid = 'systemctl show -p MainPID --value chatmail-mxsend';
  return Number(await shellOnHost(relay, `ls /proc/$(${pid})/fd | wc -l`));
};

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

/** Has a relay refuse a recipient, on port 25 and over HTTPS, as one does that knows its users. */
async function refusing(relay: LabHost, address: string, use: () => Promise<void>) {
  const restrictions = `check_recipient_access,texthash:/etc/postfix/refused,reject_unauth_destination`;
  const undo = 'cp -p /run/master.cf.before /etc/postfix/master.cf\npostfix reload';
  await shellOnHost(
    relay,
    `cp -p /etc/postfix/master.cf /run/master.cf.before
     echo '${address} 550 5.1.1 nobody here' > /etc/postfix/refused
     postconf -P 'smtp/inet/smtpd_recipient_restrictions=${restrictions}' \
       '127.0.0.1:8183/inet/smtpd_recipient_restrictions=${restrictions}'
     postfix reload`,
  );
  try {
    await use();
  } finally {
    await shellOnHost(relay, `${undo}\nrm /etc/postfix/refused`);
  }
}

let core: DeltaChatCore;
let slow: SlowRelay;
beforeAll(async () => {
  [core, slow] = await Promise.all([DeltaChatCore.start(IN_LAB), SlowRelay.start()]);
  // Its address may have been another machine's until now.
  await Promise.all(relays.map((relay) => onHost(relay, 'ip', 'neigh', 'flush', 'all')));
});
afterAll(() => Promise.all([core?.close(), slow?.close()]));

test('relays whose port 25 is blocked exchange messages', async () => {
  await blockingPort(relays, 25, async () => {
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

test('mail goes to port 25 where HTTPS is not answered, in the same attempt', async () => {
  await Promise.all(relays.map(forget));
  await blockingPort(relays, 443, () => Promise.all(relays.map(goesToPort25)).then(() => {}));
  await Promise.all(relays.map(forget));
});

async function goesToPort25(relay: LabHost): Promise<void> {
  const peer = peerOf(relay);
  const recipient = await newAccount(peer);
  const { id, queueId } = await send(relay, [recipient.address]);
  await waitForSource(peer, recipient, id);
  await expect.poll(() => notesOn(relay, queueId), POLL).toMatch(/:25, .*status=sent/);
  expect(await notesOn(relay, queueId)).not.toContain('status=deferred');
}

describe.each(relays)('mail from Debian $debian', (relay) => {
  const peer = peerOf(relay);

  test('goes over HTTPS to a relay that takes it so', async () => {
    const recipient = await newAccount(peer);
    const { id, queueId } = await send(relay, [recipient.address]);
    await waitForSource(peer, recipient, id);
    await expect.poll(() => notesOn(relay, queueId), POLL).toContain('taken over HTTPS');
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
      const bounce = await waitForSource(relay, sender, 'Relay access denied');
      expect(bounce).toMatch(/554 5\.7\.1 .*somebody@_elsewhere/s);
    } finally {
      await removeNames(peer, [domain]);
    }
  });

  test('reaches everybody but the one whom the other relay refuses', async () => {
    const [good, bad, fine] = await Promise.all([peer, peer, peer].map(newAccount));
    if (!good || !bad || !fine) throw new Error('There are fewer than three accounts.');
    await refusing(peer, bad.address, () =>
      blockingPort([peer], 25, async () => {
        const { sender, id } = await send(relay, [good.address, bad.address, fine.address]);
        await waitForSource(relay, sender, 'nobody here');
        for (const recipient of [good, fine]) {
          await waitForSource(peer, recipient, id);
          const found = await withMailbox(peer, recipient, (client) =>
            client.search({ all: true }),
          );
          expect(found).toHaveLength(1);
        }
        const bounces = await withMailbox(relay, sender, allMessages);
        expect(bounces).toHaveLength(1);
        expect(bounces[0]?.match(/^Final-Recipient: .*/gm)).toEqual([
          `Final-Recipient: rfc822; ${bad.address}`,
        ]);
      }),
    );
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
});

const slowNames = ({ domain }: LabHost) =>
  ['reads', 'trickles', 'stalls'].map((kind) => `*.${kind}.${domain}`);

async function sendToSlowRelays(relay: LabHost): Promise<void> {
  const names = slowNames(peerOf(relay));
  await addAddresses({ ...peerOf(relay), address: slow.address }, names);
  const recipients = names.flatMap((name) =>
    Array.from({ length: 10 }, (_, n) => `somebody@${name.replace('*', `_${n}`)}`),
  );
  await send(relay, recipients);
}

test('mail is not held up by slow relays, and theirs survives a restart', async () => {
  slow.takeAll(false);
  try {
    await Promise.all(relays.map(sendToSlowRelays));
    // On a busy machine one or another is asked too late.
    await expect.poll(() => slow.came, POLL).toBeGreaterThan(30);
    await Promise.all(relays.map(arrivesMeanwhile));
    expect(slow.taken).toBe(0);
    await Promise.all(relays.map(forget));
    slow.takeAll(true);
    const flush = () => Promise.all(relays.map((relay) => onHost(relay, 'postqueue', '-f')));
    await expect.poll(() => flush().then(() => slow.taken), POLL).toBe(60);
    for (const relay of relays)
      await expect
        .poll(() => onHost(relay, 'postqueue', '-p'), POLL)
        .not.toMatch(/reads|trickles|stalls/);
  } finally {
    await Promise.all(relays.map((relay) => removeNames(relay, slowNames(relay))));
  }
});

async function arrivesMeanwhile(relay: LabHost): Promise<void> {
  const recipient = await newAccount(peerOf(relay));
  const { id } = await send(relay, [recipient.address]);
  await waitForSource(peerOf(relay), recipient, id);
}

test('mail is not held up by a thousand hosts that do not answer', async () => {
  await Promise.all(relays.map(outlivesDeadHosts));
});

async function outlivesDeadHosts(relay: LabHost): Promise<void> {
  const peer = peerOf(relay);
  const wildcard = `*.nobody.${peer.domain}`;
  await addAddresses({ ...peer, address: peer.address.replace(/\d+$/, '250') }, [wildcard]);
  const domains = Array.from({ length: 1000 }, (_, n) => `h${n}.nobody.${peer.domain}`);
  const { queueId } = await send(
    relay,
    domains.map((domain) => `somebody@${domain}`),
  );
  try {
    await arrivesMeanwhile(relay);
    const descriptors = await descriptorsOf(relay);
    const processes = Number(await shellOnHost(relay, 'pgrep -xc smtp'));
    console.log(`${relay.name}: ${descriptors} descriptors, ${processes} smtp processes`);
    expect(descriptors).toBeLessThan(1000);
    expect(processes).toBeLessThanOrEqual(200);
  } finally {
    await onHost(relay, 'postsuper', '-d', queueId);
    await removeNames(peer, [wildcard]);
  }
  await expect.poll(() => descriptorsOf(relay), POLL).toBeLessThan(100);
}
