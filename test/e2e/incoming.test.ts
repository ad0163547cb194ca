import { beforeAll, describe, expect, test } from 'vitest';
import { onHost } from '../support/cmdeploy.ts';
import { deliver, openServerSession } from '../support/delivery.ts';
import { newCredentials } from '../support/deltachat.ts';
import { UNENCRYPTED } from '../support/forgeries.ts';
import { allMessages, headerFields, waitForSource, withMailbox } from '../support/imap.ts';
import { type Built, cleartext, type DkimKey, pgpMime, signed } from '../support/messages.ts';
import {
  clientAddress,
  dkimKeyOf,
  newAccount,
  peerOf,
  relays,
  submitting,
} from '../support/relays.ts';
import { type SmtpReply, SmtpSession } from '../support/smtp.ts';

const MAX_MESSAGE_BYTES = 31_457_280;

describe.each(relays)('port 25 on Debian $debian', (relay) => {
  const sender = peerOf(relay);
  let key: DkimKey;
  beforeAll(async () => {
    key = await dkimKeyOf(sender);
  });

  /**
   * Runs `use` in a session as another mail server has it. When Postfix has no more connections left, and
   * for a while afterwards, it ends a session at the first error, and counts a third EHLO as one.
   */
  async function asServer<R>(use: (session: SmtpSession) => Promise<R>): Promise<R> {
    const session = await openServerSession(relay);
    try {
      return await use(session);
    } finally {
      await session.quit();
    }
  }

  /** Delivers as another mail server, from an address of the other relay unless said otherwise. */
  const receive = (built: Built, from: string, ...to: string[]): Promise<SmtpReply> =>
    asServer((session) => deliver(session, { from, to }, built.source));

  const stranger = () => newCredentials(sender.domain).address;

  test('takes no mail without TLS', async () => {
    const { address: to } = await newAccount(relay);
    const session = await SmtpSession.connect(relay, 25);
    expect((await session.ehlo()).text).toMatch(/^STARTTLS$/m);
    const { source } = await pgpMime({ from: stranger(), to });
    const reply = await deliver(session, { from: stranger(), to: [to] }, source);
    expect(reply.code).toBe(530);
    await session.quit();
  });

  test('forgets what was said before STARTTLS', async () => {
    const session = await SmtpSession.connect(relay, 25);
    await session.ehlo();
    session.write(`STARTTLS\r\nMAIL FROM:<${stranger()}>\r\n`);
    await session.reply();
    await session.secure();
    // An answer to the injected command would come first here.
    expect((await session.ehlo()).text).toMatch(/^SIZE/m);
    expect((await session.command(`RCPT TO:<x@${relay.domain}>`)).code).toBe(503);
    session.abort();
  });

  test('speaks TLS 1.2 and 1.3 and nothing older', async () => {
    const attempt = async (version: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3') => {
      const session = await SmtpSession.connect(relay, 25);
      try {
        await session.ehlo();
        await session.startTls({ minVersion: version, maxVersion: version });
      } finally {
        session.abort();
      }
    };
    await attempt('TLSv1.2');
    await attempt('TLSv1.3');
    await expect(attempt('TLSv1.1')).rejects.toThrow();
  });

  test('delivers what is signed and encrypted, without traces of the way', async () => {
    const recipient = await newAccount(relay);
    const from = stranger();
    const fields = [
      'Received: from somewhere (somewhere [192.0.2.78]) by elsewhere; 1 Jan 2026 00:00:00 +0000',
      `Authentication-Results: ${relay.domain}; dkim=pass header.d=forged.example`,
    ];
    const built = await signed(await pgpMime({ from, to: recipient.address }, { fields }), key);
    expect(await receive(built, from, recipient.address)).toMatchObject({ code: 250 });
    const delivered = await waitForSource(relay, recipient, built.id);
    const names = headerFields(delivered).map((line) => line.replace(/:.*/, '').toLowerCase());
    for (const name of ['dkim-signature', 'authentication-results', 'received']) {
      expect(names).not.toContain(name);
    }
    expect(headerFields(delivered)).toContain(`Return-Path: <${from}>`);
  });

  test('delivers to several recipients', async () => {
    const recipients = [await newAccount(relay), await newAccount(relay)] as const;
    const from = stranger();
    const to = recipients.map(({ address }) => address);
    const built = await signed(await pgpMime({ from, to: to.join('>, <') }), key);
    expect(await receive(built, from, ...to)).toMatchObject({ code: 250 });
    for (const recipient of recipients) await waitForSource(relay, recipient, built.id);
  });

  test('refuses what is not signed', async () => {
    const { address: to } = await newAccount(relay);
    const from = stranger();
    const reply = await receive(await pgpMime({ from, to }), from, to);
    expect(reply).toMatchObject({ code: 554 });
    expect(reply.text).toContain('5.7.1 No DKIM signature found');
  });

  const broken: [string, (built: Built) => Built | Promise<Built>, (key: DkimKey) => DkimKey][] = [
    [
      'a body changed after signing',
      ({ id, source }) => ({ id, source: source.replace('Version: 1', 'Version: 1 ') }),
      (good) => good,
    ],
    [
      'a header field changed after signing',
      ({ id, source }) => ({ id, source: source.replace('the message is', 'another is') }),
      (good) => good,
    ],
    [
      'a second From added after signing',
      ({ id, source }) => ({ id, source: `From: <other@${sender.domain}>\r\n${source}` }),
      (good) => good,
    ],
    [
      'a selector without a key',
      (built) => built,
      (good) => ({ ...good, selector: 'no-such-selector' }),
    ],
    [
      'a domain other than that of From',
      (built) => built,
      (good) => ({ ...good, domain: relay.domain }),
    ],
    [
      'a signature without content',
      ({ id, source }) => ({ id, source: source.replace(/ b=[^;]*?\r\n(?=\S)/s, ' b=\r\n') }),
      (good) => good,
    ],
    [
      'a signature that is nonsense',
      ({ id, source }) => ({
        id,
        source: source.replace(/DKIM-Signature:.*?\r\n(?=\S)/s, 'DKIM-Signature: ;;;=;\r\n'),
      }),
      (good) => good,
    ],
  ];
  test.each(broken)('refuses %s', async (_, damage, keyFor) => {
    const { address: to } = await newAccount(relay);
    const from = stranger();
    const built = await damage(await signed(await pgpMime({ from, to }), keyFor(key)));
    const reply = await receive(built, from, to);
    expect(reply).toMatchObject({ code: 554 });
    expect(reply.text).toContain('5.7.1');
  });

  test('refuses a good signature of a domain that is not the one in From', async () => {
    const { address: to } = await newAccount(relay);
    const from = `somebody@${relay.domain}`;
    const reply = await receive(await signed(await pgpMime({ from, to }), key), from, to);
    expect(reply).toMatchObject({ code: 554 });
    expect(reply.text).toMatch(/No (valid )?DKIM signature found/);
  });

  test.each(UNENCRYPTED)('refuses as unencrypted, though signed: %s', async (name, build) => {
    // Nobody can sign what has no end of header.
    if (name === 'a header section without end') return;
    const { address: to } = await newAccount(relay);
    const from = stranger();
    const reply = await receive(await signed(await build({ from, to }), key), from, to);
    expect(reply).toMatchObject({ code: 523 });
  });

  test('takes what is not encrypted for those who allow it, and for nobody beside them', async () => {
    const [open, closed] = [await newAccount(relay), await newAccount(relay)];
    const mailbox = `/home/vmail/mail/${relay.domain}/${open.address}`;
    await onHost(relay, 'rm', `${mailbox}/enforceE2EEincoming`);
    const from = stranger();
    const built = await signed(cleartext({ from, to: open.address }), key);
    expect(await receive(built, from, open.address, closed.address)).toMatchObject({ code: 523 });
    expect(await receive(built, from, open.address)).toMatchObject({ code: 250 });
    await waitForSource(relay, open, built.id);
  });

  test('refuses what is larger than max_message_size', async () => {
    const { address: to } = await newAccount(relay);
    const from = stranger();
    const { text } = await asServer((session) => session.ehlo());
    expect(text).toMatch(new RegExp(`^SIZE ${MAX_MESSAGE_BYTES}$`, 'm'));
    const announced = `MAIL FROM:<${from}> SIZE=${MAX_MESSAGE_BYTES + 1}`;
    expect((await asServer((session) => session.command(announced))).code).toBe(552);
    const { id, source } = await pgpMime({ from, to });
    const tooLarge = source + `${'x'.repeat(998)}\r\n`.repeat(MAX_MESSAGE_BYTES / 1000 + 1);
    expect((await receive({ id, source: tooLarge }, from, to)).code).toBe(552);
  });

  test('blanks an envelope sender of another domain than From', async () => {
    const recipient = await newAccount(relay);
    const built = await signed(await pgpMime({ from: stranger(), to: recipient.address }), key);
    const envelopeFrom = 'bounces@mailinglist.example';
    expect(await receive(built, envelopeFrom, recipient.address)).toMatchObject({ code: 250 });
    const delivered = await waitForSource(relay, recipient, built.id);
    expect(delivered).not.toContain(envelopeFrom);
    expect(headerFields(delivered)).toContain('Return-Path: <>');
  });

  test('relays for nobody', async () => {
    for (const to of ['somebody@example.org', `somebody%example.org@${sender.domain}`]) {
      await asServer(async (session) => {
        await session.expect(250, `MAIL FROM:<${stranger()}>`);
        await session.expect(554, `RCPT TO:<${to}>`);
      });
    }
  });

  test('takes no password', async () => {
    const { text } = await asServer((session) => session.ehlo());
    expect(text).not.toMatch(/^AUTH/m);
    const { address, password } = await newAccount(relay);
    const { code } = await asServer((session) => session.authPlain(address, password));
    expect(code).toBeGreaterThanOrEqual(500);
  });

  test('tells nobody which addresses exist', async () => {
    const { address } = await newAccount(relay);
    for (const asked of [address, newCredentials(relay.domain).address]) {
      await asServer((session) => session.expect(252, `VRFY ${asked}`));
    }
    const { code } = await asServer((session) => session.command(`EXPN ${address}`));
    expect(code).toBeGreaterThanOrEqual(500);
  });

  test('survives garbage', async () => {
    const session = await SmtpSession.connect(relay, 25);
    session.write(Buffer.alloc(200_000, 0x80));
    await session.reply(3000).catch(() => {});
    session.abort();
    await (await openServerSession(relay)).quit();
  });

  test('a bounce of the other relay is signed, so that this one takes it', async () => {
    const login = await newAccount(relay);
    const nobody = newCredentials(sender.domain).address;
    const { id, source } = await pgpMime({ from: login.address, to: nobody });
    const reply = await submitting(relay, login, (session) =>
      deliver(session, { from: login.address, to: [nobody] }, source),
    );
    expect(reply.code).toBe(250);
    const bounce = await waitForSource(relay, login, id);
    const fields = headerFields(bounce);
    expect(fields.join('\n')).toMatch(/^Content-Type: multipart\/report/im);
    expect(fields.join('\n')).toMatch(new RegExp(`^From: .*MAILER-DAEMON@${sender.domain}`, 'im'));
    expect(bounce).not.toMatch(clientAddress(relay));
  });

  test('leaves no mail in its queue', async () => {
    await expect
      .poll(() => onHost(relay, 'postqueue', '-p'), { timeout: 100_000, interval: 1000 })
      .toContain('Mail queue is empty');
  });

  test('every recipient gets a copy that shows no other mailbox', async () => {
    const [one, two] = [await newAccount(relay), await newAccount(relay)];
    const from = stranger();
    const built = await signed(await pgpMime({ from, to: one.address }), key);
    expect(await receive(built, from, one.address, two.address)).toMatchObject({ code: 250 });
    const copy = await waitForSource(relay, one, built.id);
    expect(copy).not.toContain(two.address);
    await withMailbox(relay, two, async (client) => {
      expect((await allMessages(client)).length).toBe(1);
    });
  });
});
