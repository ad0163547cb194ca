import { connect as connectTls } from 'node:tls';
import { describe, expect, test, vi } from 'vitest';
import { type LabHost, onHost, shellOnHost } from '../support/cmdeploy.ts';
import { deliver, openServerSession } from '../support/delivery.ts';
import { https } from '../support/https.ts';
import { waitForSource, withMailbox } from '../support/imap.ts';
import { type Built, cleartext, pgpMime, signed } from '../support/messages.ts';
import { dkimKeyOf, newAccount, peerOf, relays } from '../support/relays.ts';

const post = (relay: LabHost, from: string, to: readonly string[], body: string) =>
  https(relay, 'POST', '/mxdeliv', body, { 'X-Mail-From': from, 'X-Mail-To': [...to] });

/** Writes bytes to a relay's HTTPS port and gives what comes back until it hangs up, or a while later. */
const raw = (
  relay: LabHost,
  bytes: string,
  then: 'wait' | 'cut off',
  patienceMs = 20_000,
): Promise<string> =>
  new Promise((resolve) => {
    let answer = '';
    const { address: host, domain: servername } = relay;
    const socket = connectTls({ host, port: 443, servername, rejectUnauthorized: false }, () => {
      socket.write(bytes, 'latin1', () => {
        if (then === 'cut off') socket.destroy();
      });
    });
    socket.setTimeout(patienceMs, () => socket.destroy());
    socket.on('data', (data: Buffer) => {
      answer += data.toString('latin1');
      socket.end();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
  });

describe.concurrent.each(relays)('mail that comes over HTTPS to Debian $debian', (relay) => {
  const peer = peerOf(relay);
  const sender = `sender@${peer.domain}`;

  const signedBy = async (built: Built) => signed(built, await dkimKeyOf(peer));
  const onPort25 = async (to: string, source: string, from = sender) => {
    const session = await openServerSession(relay);
    const { code, text } = await deliver(session, { from, to: [to] }, source);
    await session.quit();
    return `${code} ${text}`;
  };
  const headTo = (to: string) =>
    `POST /mxdeliv HTTP/1.1\r\nHost: ${relay.domain}\r\nX-Mail-From: ${sender}\r\nX-Mail-To: ${to}\r\n`;

  test.sequential('is delivered to all recipients, also with bare line feeds and in chunks', async () => {
    const [one, two] = [await newAccount(relay), await newAccount(relay)];
    const built = await signedBy(await pgpMime({ from: sender, to: one.address }));
    const answer = await post(relay, sender, [one.address, two.address], built.source);
    expect(answer).toMatchObject({ status: 200 });
    for (const user of [one, two]) {
      const source = await waitForSource(relay, user, built.id);
      expect(source).not.toMatch(/^(Received|DKIM-Signature):/m);
    }
    const other = await signedBy(await pgpMime({ from: sender, to: one.address }));
    const lf = other.source.replaceAll('\r\n', '\n');
    const chunks = `Transfer-Encoding: chunked\r\n\r\n${lf.length.toString(16)}\r\n${lf}\r\n0\r\n\r\n`;
    const answered = await raw(relay, `${headTo(one.address)}${chunks}`, 'wait');
    expect(answered).toMatch(/^HTTP\/1\.1 200 /);
    await waitForSource(relay, one, other.id);
  });

  test.sequential('is checked as on port 25, and refused in the same words', async () => {
    const { address: to } = await newAccount(relay);
    const addresses = { from: sender, to };
    const unsigned = await pgpMime(addresses);
    const readable = await signedBy(cleartext(addresses));
    for (const { source } of [unsigned, readable]) {
      const { status, body } = await post(relay, sender, [to], source);
      expect(status).toBe(400);
      expect(body.trim()).toBe(await onPort25(to, source));
    }
    const elsewhere = await post(relay, sender, [`somebody@${peer.domain}`], unsigned.source);
    expect(elsewhere.status).toBe(400);
    expect(elsewhere.body).toMatch(/Relay access denied/);
  });

  test.sequential('is nobody of this relay, and no bounce, just because it says so', async () => {
    const [{ address: to }, { address: own }] = [await newAccount(relay), await newAccount(relay)];
    const forged = await pgpMime({ from: own, to });
    const signedElsewhere = await signedBy(forged);
    for (const { source } of [forged, signedElsewhere]) {
      for (const from of [own, sender, '']) {
        const { status, body } = await post(relay, from, [to], source);
        expect(status).toBe(400);
        expect(body.trim()).toBe(await onPort25(to, source, from));
        expect(body).toMatch(/^554 5\.7\.1 No (valid )?DKIM signature/);
      }
    }
  });

  test.sequential('is for nobody when one recipient is refused, and the sender is told', async () => {
    const user = await newAccount(relay);
    const { id, source } = await signedBy(await pgpMime({ from: sender, to: user.address }));
    const both = [user.address, `somebody@${peer.domain}`];
    const { status, body } = await post(relay, sender, both, source);
    expect([status, body]).toEqual([400, expect.stringContaining(`<somebody@${peer.domain}>`)]);
    expect((await post(relay, sender, [user.address], source)).status).toBe(200);
    await waitForSource(relay, user, id);
    const found = await withMailbox(relay, user, (client) => client.search({ all: true }));
    expect(found).toHaveLength(1);
  });

  test.sequential('needs POST, one sender, recipients that are addresses, and a size within the limit', async () => {
    const { address: to } = await newAccount(relay);
    expect((await https(relay, 'GET', '/mxdeliv')).status).toBe(405);
    expect((await https(relay, 'PUT', '/mxdeliv', 'x')).status).toBe(405);
    expect((await https(relay, 'POST', '/mxdeliv', 'x')).status).toBe(400);
    expect((await post(relay, 'nobody', [to], 'x')).status).toBe(400);
    expect((await post(relay, sender, Array<string>(1001).fill(to), 'x')).status).toBe(400);
    // nginx takes a thousand header fields of any kind.
    const many = await post(relay, sender, Array<string>(900).fill(to), 'x');
    expect(many.body).toMatch(/^554 5\.7\.1 /);
    const large = await raw(relay, `${headTo(to)}Content-Length: 400000000\r\n\r\n`, 'wait');
    expect(large).toMatch(/^HTTP\/1\.1 413 /);
  });

  test.sequential('leaves no trace of what is cut off, smuggled or nonsense, and goes on', async () => {
    const user = await newAccount(relay);
    const built = await signedBy(await pgpMime({ from: sender, to: user.address }));
    const head = headTo(user.address);
    const half = built.source.slice(0, built.source.length / 2);
    const length = `Content-Length: ${built.source.length}\r\n`;
    await raw(relay, `${head}${length}\r\n${half}`, 'cut off');
    await raw(relay, `${head}Transfer-Encoding: chunked\r\n\r\nffff\r\n${half}`, 'cut off');
    const smuggled = [
      `${head}${length}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      `${head}Content-Length: 1\r\n${length}\r\n${built.source}`,
      `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n${half}`,
      `${head.replace(sender, `${sender}\r SMTP`)}${length}\r\n${built.source}`,
      `${head}X-Mail-To : ${user.address}\r\n${length}\r\n${built.source}`,
    ];
    const answers = await Promise.all(smuggled.map((bytes) => raw(relay, bytes, 'wait', 5000)));
    for (const answer of answers) expect(answer).not.toMatch(/^HTTP\/1\.1 200 /);
    const slow = Array.from({ length: 50 }, () =>
      raw(relay, `${head}${length}\r\n${half}`, 'wait', 5000),
    );
    const after = await signedBy(await pgpMime({ from: sender, to: user.address }));
    expect((await post(relay, sender, [user.address], after.source)).status).toBe(200);
    await waitForSource(relay, user, after.id);
    const found = await withMailbox(relay, user, (client) => client.search({ all: true }));
    expect(found).toHaveLength(1);
    await Promise.all(slow);
  });

  test.sequential('waits at the sender while the service or Postfix is away', async () => {
    const unit = relay.debian === 12 ? 'postfix@-.service' : 'postfix.service';
    const { address } = await newAccount(relay);
    await onHost(relay, 'systemctl', 'stop', 'chatmail-mxdeliv.socket', 'chatmail-mxdeliv.service');
    try {
      expect((await post(relay, sender, [address], 'x')).status).toBe(503);
    } finally {
      await onHost(
        relay,
        'systemctl',
        'start',
        'chatmail-mxdeliv.socket',
        'chatmail-mxdeliv.service',
      );
    }
    await onHost(relay, 'systemctl', 'stop', unit);
    try {
      expect((await post(relay, sender, [address], 'x')).status).toBe(503);
    } finally {
      await onHost(relay, 'systemctl', 'start', unit);
    }
    const expectChecked = async () =>
      expect(await post(relay, sender, [address], 'x')).toMatchObject({ status: 400 });
    await vi.waitFor(expectChecked, { timeout: 30_000 });
    const journal = await shellOnHost(relay, 'journalctl -q -o cat -u chatmail-mxdeliv --no-pager');
    expect(journal).not.toContain('@');
  });
});
