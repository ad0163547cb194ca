import { describe, expect, test } from 'vitest';
import { deliver, openSubmission } from '../support/delivery.ts';
import { newCredentials } from '../support/deltachat.ts';
import { ENCRYPTED, UNENCRYPTED } from '../support/forgeries.ts';
import { headerFields, waitForSource } from '../support/imap.ts';
import { pgpMime } from '../support/messages.ts';
import { clientAddress, newAccount, relays, submitting } from '../support/relays.ts';
import { type SmtpPort, type SmtpReply, SmtpSession } from '../support/smtp.ts';

const ENCRYPTION_NEEDED = 'Encryption Needed: Invalid Unencrypted Mail';
const MAX_MESSAGE_BYTES = 31_457_280;

describe.each(relays)('submission on Debian $debian', (relay) => {
  const { domain } = relay;

  /** Submits as a new account, so that no test meets the send rate of another. */
  async function submit(
    build: (from: string) => Promise<string>,
    to: string,
    envelopeFrom?: string,
  ): Promise<SmtpReply> {
    const login = newCredentials(domain);
    const message = await build(login.address);
    return await submitting(relay, login, (session) =>
      deliver(session, { from: envelopeFrom ?? login.address, to: [to] }, message),
    );
  }

  test.each(UNENCRYPTED)('refuses as unencrypted: %s', async (_, build) => {
    const { address: to } = await newAccount(relay);
    const reply = await submit(async (from) => (await build({ from, to })).source, to);
    expect(reply).toMatchObject({ code: 523 });
    expect(reply.text).toContain(ENCRYPTION_NEEDED);
  });

  test.each(ENCRYPTED)('takes and delivers: %s', async (_, build) => {
    const recipient = await newAccount(relay);
    const login = newCredentials(domain);
    const { id, source } = await build({ from: login.address, to: recipient.address });
    const reply = await submitting(relay, login, (session) =>
      deliver(session, { from: login.address, to: [recipient.address] }, source),
    );
    expect(reply).toMatchObject({ code: 250 });
    await waitForSource(relay, recipient, id);
  });

  test('tells recipients neither the subject nor anything of the client', async () => {
    const recipient = await newAccount(relay);
    const login = newCredentials(domain);
    const fields = [
      'Received: from laptop.home (laptop.home [192.0.2.77]) by smtp.home; 1 Jan 2026 00:00:00 +0000',
      'User-Agent: Telling Client 1.0',
      'X-Mailer: Telling Client 1.0',
      'X-Originating-IP: [192.0.2.77]',
      'Chat-Version: 1.0',
    ];
    const built = await pgpMime({ from: login.address, to: recipient.address }, { fields });
    await submitting(relay, login, (session) =>
      deliver(session, { from: login.address, to: [recipient.address] }, built.source),
    );
    const delivered = await waitForSource(relay, recipient, built.id);
    expect(delivered).not.toMatch(clientAddress(relay));
    expect(delivered).not.toMatch(/192\.0\.2\.77|Telling Client|what the message is about/);
    expect(delivered).not.toMatch(/^client\.test/m);
    const names = headerFields(delivered).map((line) => line.replace(/:.*/, '').toLowerCase());
    for (const name of ['received', 'user-agent', 'x-mailer', 'x-originating-ip']) {
      expect(names).not.toContain(name);
    }
    expect(headerFields(delivered)).toContain('Subject: [...]');
    expect(headerFields(delivered)).toContain('Chat-Version: 1.0');
  });

  test('refuses another From than the login', async () => {
    const { address: to } = await newAccount(relay);
    const other = newCredentials(domain).address;
    const reply = await submit(async () => (await pgpMime({ from: other, to })).source, to);
    expect(reply.code).toBe(500);
  });

  test.each([
    ['two addresses in From', (from: string) => `From: <${from}>, <other@example.org>`],
    ['a second From', (from: string) => `From: <${from}>\r\nFrom: <other@example.org>`],
    ['no From', () => 'X-From: nobody'],
    ['another From in the display name', (from: string) => `From: "${from}" <other@example.org>`],
  ])('refuses %s', async (_, field) => {
    const { address: to } = await newAccount(relay);
    const reply = await submit(async (from) => {
      const { source } = await pgpMime({ from, to });
      return source.replace(/^From: .*$/m, field(from));
    }, to);
    expect(reply.code).toBe(500);
  });

  test('refuses another envelope sender than the login', async () => {
    const { address: to } = await newAccount(relay);
    const other = newCredentials(domain).address;
    for (const envelope of [other, '', 'somebody@example.org']) {
      const build = async (from: string) => (await pgpMime({ from, to })).source;
      expect((await submit(build, to, envelope)).code).toBe(553);
    }
  });

  test.each([465, 587] as const)('speaks TLS 1.3 and nothing older on port %i', async (port) => {
    const attempt = async (maxVersion: 'TLSv1.2' | 'TLSv1.3') => {
      const session = await SmtpSession.connect(relay, port, { maxVersion });
      try {
        if (port === 587) {
          await session.ehlo();
          await session.startTls({ maxVersion });
        }
        await session.ehlo();
      } finally {
        session.abort();
      }
    };
    await attempt('TLSv1.3');
    await expect(attempt('TLSv1.2')).rejects.toThrow(/alert|closed|ECONNRESET/);
  });

  test('takes no password before TLS', async () => {
    const session = await SmtpSession.connect(relay, 587);
    const { text } = await session.ehlo();
    expect(text).not.toMatch(/^AUTH/m);
    const { address, password } = newCredentials(domain);
    expect((await session.authPlain(address, password)).code).toBeGreaterThanOrEqual(500);
    await session.quit();
  });

  test('takes no mail without a login, from nobody for nobody', async () => {
    const { address: to } = await newAccount(relay);
    for (const recipient of [to, 'somebody@example.org']) {
      const session = await SmtpSession.connect(relay, 465);
      await session.ehlo();
      const message = (await pgpMime({ from: 'somebody@example.org', to: recipient })).source;
      const envelope = { from: 'somebody@example.org', to: [recipient] };
      expect((await deliver(session, envelope, message)).code).toBeGreaterThanOrEqual(500);
      await session.quit();
    }
  });

  test('refuses what is larger than max_message_size', async () => {
    const { address: to } = await newAccount(relay);
    await submitting(relay, newCredentials(domain), async (session) => {
      const { text } = await session.ehlo();
      expect(text).toMatch(new RegExp(`^SIZE ${MAX_MESSAGE_BYTES}$`, 'm'));
    });
    const login = newCredentials(domain);
    await submitting(relay, login, async (session) => {
      const announced = `MAIL FROM:<${login.address}> SIZE=${MAX_MESSAGE_BYTES + 1}`;
      expect((await session.command(announced)).code).toBe(552);
    });
    const rest = `${'x'.repeat(998)}\r\n`.repeat(MAX_MESSAGE_BYTES / 1000 + 1);
    const tooLarge = async (from: string) => (await pgpMime({ from, to })).source + rest;
    expect((await submit(tooLarge, to)).code).toBe(552);
  });

  test('forgets a message that is cut off in the middle', async () => {
    const recipient = await newAccount(relay);
    const login = newCredentials(domain);
    const cutOff = await pgpMime({ from: login.address, to: recipient.address });
    const session = await openSubmission(relay, login);
    await session.expect(250, `MAIL FROM:<${login.address}>`);
    await session.expect(250, `RCPT TO:<${recipient.address}>`);
    await session.expect(354, 'DATA');
    session.write(cutOff.source.slice(0, -200));
    session.abort();

    const whole = await pgpMime({ from: login.address, to: recipient.address });
    await submitting(relay, login, (again) =>
      deliver(again, { from: login.address, to: [recipient.address] }, whole.source),
    );
    await waitForSource(relay, recipient, whole.id);
    await expect(waitForSource(relay, recipient, cutOff.id, 1)).rejects.toThrow(/No message/);
  });

  test('does not end a message at a bare line feed', async () => {
    const { address: to } = await newAccount(relay);
    const login = newCredentials(domain);
    const session = await openSubmission(relay, login);
    await session.expect(250, `MAIL FROM:<${login.address}>`);
    await session.expect(250, `RCPT TO:<${to}>`);
    await session.expect(354, 'DATA');
    const smuggled = `MAIL FROM:<root@${domain}>\r\nRCPT TO:<${to}>\r\nDATA\r\n`;
    session.write(`Subject: first\r\n\r\ntext\n.\r\n${smuggled}`);
    session.write('second\r\n.\r\n');
    // Either one message, refused as unencrypted, or the bare line feed itself is refused.
    expect((await session.reply()).code).toBeGreaterThanOrEqual(500);
    session.abort();
  });

  test('slows down who sends too fast, and nobody else', async () => {
    const { address: to } = await newAccount(relay);
    const login = newCredentials(domain);
    const { source } = await pgpMime({ from: login.address, to });
    const replies = await submitting(relay, login, async (session) => {
      const all: SmtpReply[] = [];
      // The slower this machine, the more may be sent meanwhile.
      while (all.length < 100 && all.every(({ code }) => code === 250)) {
        all.push(await deliver(session, { from: login.address, to: [to] }, source));
      }
      return all;
    });
    expect(replies.length).toBeGreaterThan(10);
    expect(replies.at(-1)).toMatchObject({ code: 450, text: expect.stringMatching(/^4\.7\.1 /) });
    const other = await submit(async (from) => (await pgpMime({ from, to })).source, to);
    expect(other.code).toBe(250);
  });

  test.each([465, 587] as SmtpPort[])('survives garbage on port %i', async (port) => {
    const session = await SmtpSession.connect(relay, port);
    session.write(Buffer.alloc(100_000, 0xff));
    session.write('\r\n');
    await session.reply(3000).catch(() => {});
    session.abort();
    const again = await SmtpSession.connect(relay, port);
    await again.ehlo();
    await again.quit();
  });
});
