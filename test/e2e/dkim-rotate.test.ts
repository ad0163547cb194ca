import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cmdeploy, onHost, shellOnHost, tryCmdeploy } from '../support/cmdeploy.ts';
import { deliver, type Login } from '../support/delivery.ts';
import { newCredentials } from '../support/deltachat.ts';
import { allMessages, withMailbox } from '../support/imap.ts';
import { dnsServerOf, updateOptions } from '../support/lab-update.ts';
import { addAddresses, removeNames } from '../support/lab-zone.ts';
import { pgpMime } from '../support/messages.ts';
import { newAccount, peerOf, relays, submitting } from '../support/relays.ts';

/** How many messages an address may send at once. */
const BURST = 8;
const PAUSE_MS = 100;

/** As it was before the first rotation. */
const RESET = `
cd /etc/dkimkeys
rm -f next ./*.retired cm*.private
echo 'current %:opendkim:/etc/dkimkeys/opendkim.private' > KeyTable
systemctl reload opendkim
`;

describe.each(relays)('DKIM rotation on Debian $debian', (relay) => {
  const { domain, config } = relay;
  const peer = peerOf(relay);
  /** A name at which nobody takes mail: what is sent there stays in the queue. */
  const closed = `closed.${domain}`;
  let recipient: Login;

  const send = async (sender: Login, to: string): Promise<string> => {
    const { id, source } = await pgpMime({ from: sender.address, to });
    const envelope = { from: sender.address, to: [to] };
    const reply = await submitting(relay, sender, (session) => deliver(session, envelope, source));
    expect(reply.code, reply.text).toBe(250);
    return id;
  };

  const currentSelector = async (): Promise<string | undefined> =>
    /%:([^:]+):/.exec(await onHost(relay, 'cat', '/etc/dkimkeys/KeyTable'))?.[1];

  /** Of the signature on a message that waits in the queue. */
  const selectorInQueue = async (): Promise<string | undefined> => {
    await send(newCredentials(domain), `somebody@${closed}`);
    const queued = await shellOnHost(
      relay,
      `id=$(postqueue -j | grep '${closed}' | sed 's/.*"queue_id": "\\([^"]*\\)".*/\\1/')
      postcat -q "$id"
      postsuper -d "$id"`,
    );
    const unfolded = queued.replace(/\n[\t ]+/g, ' ');
    return /^DKIM-Signature:.*; s=([^;]+);/m.exec(unfolded)?.[1];
  };

  const expectDelivery = (ids: readonly string[]): Promise<void> =>
    withMailbox(peer, recipient, async (client) => {
      const missing = async (): Promise<string[]> => {
        const messages = await allMessages(client);
        return ids.filter((id) => !messages.some((source) => source.includes(id)));
      };
      await expect.poll(missing, { timeout: 90_000, interval: 500 }).toEqual([]);
    });

  beforeAll(async () => {
    recipient = await newAccount(peer);
    await addAddresses({ ...relay, address: dnsServerOf(relay) }, [closed]);
  });

  afterAll(async () => {
    await shellOnHost(relay, RESET);
    await cmdeploy(['dns', 'apply', ...updateOptions(relay)]);
    await removeNames(relay, [closed]);
  });

  test('does nothing while a run is under way', async () => {
    const unit = 'cmdeploy-apply.service';
    await onHost(relay, 'systemd-run', '-q', '--collect', `--unit=${unit}`, 'sleep', 'infinity');
    const { code, stderr } = await tryCmdeploy(['dkim', 'rotate', '--config', config, '--no-wait']);
    await onHost(relay, 'systemctl', 'stop', unit);
    expect(code).toBe(1);
    expect(stderr).toContain('another run is under way there');
    expect(await onHost(relay, 'ls', '/etc/dkimkeys')).not.toMatch(/^(next|cm)/m);
  });

  test('waits for the record before it signs with the new key', async () => {
    const output = await cmdeploy(['dkim', 'rotate', '--config', config, '--no-wait']);
    expect(output).toMatch(new RegExp(`^cm\\d{12}\\._domainkey\\.${domain} TXT v=DKIM1;`, 'm'));
    expect(output).toMatch(/not visible everywhere yet/);
    expect(await currentSelector()).toBe('opendkim');
    expect(await selectorInQueue()).toBe('opendkim');
  });

  test('at every moment a signed message verifies', async () => {
    // Signed with the old key, taken by the other relay when the new one signs.
    await shellOnHost(peer, 'systemctl stop postfix');
    const late = await send(newCredentials(domain), recipient.address);
    await shellOnHost(peer, 'systemctl start postfix');

    const sent: string[] = [];
    let rotated = false;
    const sending = async (): Promise<void> => {
      while (!rotated) {
        const sender = newCredentials(domain);
        for (let count = 0; count < BURST && !rotated; count += 1) {
          sent.push(await send(sender, recipient.address));
          await sleep(PAUSE_MS);
        }
      }
      sent.push(await send(newCredentials(domain), recipient.address));
    };
    const rotation = cmdeploy(['dkim', 'rotate', ...updateOptions(relay)]).finally(() => {
      rotated = true;
    });
    const [output] = await Promise.all([rotation, sending()]);
    expect(output).toMatch(/Mail is signed with the key cm\d{12} from now on/);
    expect(output).toContain(`Keep the record opendkim._domainkey.${domain}`);

    await onHost(relay, 'postqueue', '-f');
    // The filter of the other relay refuses what does not verify.
    await expectDelivery([late, ...sent]);
    expect(sent.length).toBeGreaterThan(3);
    expect(await selectorInQueue()).toBe(await currentSelector());
    expect(await currentSelector()).toMatch(/^cm\d{12}$/);
  });

  test('the next deployment leaves it so', async () => {
    const before = await currentSelector();
    await cmdeploy(['run', '--config', config]);
    expect(await currentSelector()).toBe(before);
    expect(await selectorInQueue()).toBe(before);
  });

  test('the old key is not given up before its time', async () => {
    for (const option of ['--finish', '--no-wait']) {
      const { code, stderr } = await tryCmdeploy(['dkim', 'rotate', '--config', config, option]);
      expect(code).toBe(1);
      expect(stderr).toMatch(/3 days/);
    }
    const { stdout } = await tryCmdeploy(['dns', '--config', config]);
    expect(stdout).toMatch(new RegExp(`ok +opendkim\\._domainkey\\.${domain}`));
  });

  test('the old key is given up after three days', async () => {
    await shellOnHost(relay, 'date -d "4 days ago" +%s > /etc/dkimkeys/opendkim.retired');
    const before = await tryCmdeploy(['dns', '--config', config]);
    expect(before.stdout).toContain(`Remove: opendkim._domainkey.${domain} TXT`);
    expect(await cmdeploy(['dkim', 'rotate', '--config', config, '--finish'])).toContain(
      `Remove the record: opendkim._domainkey.${domain}`,
    );
    const output = await cmdeploy(['dkim', 'rotate', '--finish', ...updateOptions(relay)]);
    expect(output).toContain(`- opendkim._domainkey.${domain} TXT`);
    expect(output).toMatch(/opendkim is given up/);
    await expectDelivery([await send(newCredentials(domain), recipient.address)]);
    const after = await tryCmdeploy(['dns', '--config', config]);
    expect(after.stdout).not.toContain('opendkim._domainkey');
  });
});
