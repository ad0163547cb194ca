import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type LabHost, shellOnHost } from '../support/cmdeploy.ts';
import { deliver, openServerSession } from '../support/delivery.ts';
import { mutated, randomBytes, seededRandom, send, type Way } from '../support/hostile.ts';
import { waitForSource } from '../support/imap.ts';
import { ImapCommands } from '../support/imap-commands.ts';
import { pgpMime } from '../support/messages.ts';
import { newAccount, relays, submitting } from '../support/relays.ts';
import { SmtpSession } from '../support/smtp.ts';

/** In everything that is sent; no log may have it. The journal knows those of earlier runs. */
const MARKER = `Qz7${randomUUID().slice(0, 8)}`;
const MEGABYTE = 1_000_000;
/** What all processes together may have grown by: buffers of some daemons, never what was sent. */
const ROOM_KILOBYTES = 300_000;

const http = (first: string, ...fields: readonly string[]) =>
  `${[first, 'Host: _r.test', ...fields].join('\r\n')}\r\n\r\n`;
const POST = 'POST /new HTTP/1.1';
const MAIL = [
  'POST /mxdeliv HTTP/1.1',
  `X-Mail-From: ${MARKER}@a.test`,
  `X-Mail-To: ${MARKER}@_r.test`,
] as const;

const IMAP = [
  `a LOGIN {999999999999999999999}\r\n${MARKER}`,
  `a LOGIN {-1}\r\n${MARKER}\r\n`,
  `a LOGIN {4294967295+}\r\n${MARKER}`,
  `a LOGIN "${MARKER}\0" "\xff\xfe"\r\n`,
  `a LOGIN ${MARKER}${'x'.repeat(MEGABYTE)}\r\n`,
  `a AUTHENTICATE PLAIN ${MARKER.repeat(1000)}\r\n`,
  `a STARTTLS\r\nb LOGIN ${MARKER} x\r\n`,
  `${`${MARKER} NOOP\r\n`.repeat(2000)}`,
];
const SMTP = [
  `EHLO ${MARKER}\r\nSTARTTLS\r\nMAIL FROM:<${MARKER}@a.test>\r\n`,
  `EHLO ${MARKER}${'x'.repeat(MEGABYTE)}\r\n`,
  `EHLO a\0${MARKER}\r\nMAIL FROM:<\xff\xfe${MARKER}@a.test>\r\n`,
  `GET /${MARKER} HTTP/1.1\r\nHost: ${MARKER}\r\n\r\n`,
  `${MARKER}\n`.repeat(2000),
  `EHLO ${MARKER}\r\n${`RCPT TO:<${MARKER}@b.test>\r\n`.repeat(2000)}`,
];
const HTTP = [
  `${http(POST, 'Content-Length: 100')}${MARKER}`,
  `${http(POST, 'Content-Length: 99999999999999999999')}${MARKER}`,
  `${http(POST, 'Content-Length: -1')}${MARKER}`,
  `${http(POST, 'Transfer-Encoding: chunked')}FFFFFFFFFFFFFFFF\r\n${MARKER}`,
  `${http(POST, 'Transfer-Encoding: chunked', 'Content-Length: 4')}0\r\n\r\nGET /${MARKER} HTTP/1.1\r\n\r\n`,
  `${http(POST, 'Transfer-Encoding: chunked')}${`5\r\n${MARKER.slice(0, 5)}\r\n`.repeat(50_000)}`,
  http(`GET /${MARKER.repeat(10_000)} HTTP/1.1`),
  http(`GET /../../${MARKER}\0 HTTP/1.1`),
  http('GET / HTTP/1.1', ...Array.from({ length: 5000 }, (_, n) => `X-${MARKER}-${n}: 1`)),
  http('GET / HTTP/1.1', `X: ${MARKER}\rTransfer-Encoding: chunked`),
];
const HTTPS_MAIL = [
  `${http(...MAIL, 'Content-Length: 100')}${MARKER}`,
  `${http(...MAIL, 'Transfer-Encoding: chunked')}${(40 * MEGABYTE).toString(16)}\r\n${MARKER}${'x'.repeat(40 * MEGABYTE)}`,
  `${http(...MAIL, 'Transfer-Encoding: chunked', 'Content-Length: 4')}0\r\n\r\nPOST /mxdeliv HTTP/1.1\r\n\r\n`,
  `${http(...MAIL, 'Content-Length: 9')}${MARKER}\n.\r\nRCPT`,
  http(...MAIL, ...Array.from({ length: 5000 }, (_, n) => `X-Mail-To: ${MARKER}${n}@_r.test`)),
  http(...MAIL, `X-Mail-To: ${MARKER}${'x'.repeat(50 * MEGABYTE)}@_r.test`),
  http(...MAIL, `X-Mail-From: <>\rX-Mail-To: ${MARKER}`),
  http(...MAIL, `X-Mail-To: a@_r.test> SIZE=1\nRCPT TO:<${MARKER}@b.test`),
  http(...MAIL, `X-Mail-To: \0\xff${MARKER}@_r.test`, 'Content-Length: 0'),
];
const TARGETS: readonly (readonly [Way, readonly string[]])[] = [
  [{ port: 143 }, IMAP],
  [{ port: 993, tls: [] }, IMAP],
  [{ port: 443, tls: ['imap'] }, IMAP],
  [{ port: 25 }, SMTP],
  [{ port: 587 }, SMTP],
  [{ port: 465, tls: [] }, SMTP],
  [{ port: 443, tls: ['smtp'] }, SMTP],
  [{ port: 80 }, HTTP],
  [{ port: 443, tls: [] }, HTTP],
  [{ port: 443, tls: [] }, HTTPS_MAIL],
  [{ port: 443, tls: [MARKER, 'imap2', ',imap,', 'x'.repeat(255)] }, HTTP],
];
const SERVICES = [
  'dovecot nginx opendkim unbound coturn chatmail-filter chatmail-accounts chatmail-logs',
  'chatmail-push chatmail-mxdeliv chatmail-mxsend',
].join(' ');

/** Processes that run, and how much memory all of the host's have. */
async function observe(relay: LabHost): Promise<{ running: string; kilobytes: number }> {
  const output = await shellOnHost(
    relay,
    `for unit in ${SERVICES}; do
       systemctl show -p Id,MainPID,NRestarts --value $unit.service | paste -sd ' '
     done
     cat /var/spool/postfix/pid/master.pid
     ps -eo rss= | awk '{ sum += $1 } END { print "kilobytes " sum }'`,
  );
  const [running = '', kilobytes] = output.split('kilobytes ');
  return { running, kilobytes: Number(kilobytes) };
}

async function fuzz(relay: LabHost): Promise<void> {
  const random = seededRandom(20_261_122);
  for (const [way, payloads] of TARGETS) {
    const noise = Array.from({ length: 4 }, () => randomBytes(random, 2000));
    const near = payloads.slice(0, 4).map((text) => mutated(random, text.slice(0, 2000)));
    await Promise.all([...payloads, ...noise, ...near].map((bytes) => send(relay, way, bytes)));
  }
}

async function fuzzMailbox(relay: LabHost): Promise<void> {
  const login = await newAccount(relay);
  const value = (bytes: number) => `{${bytes}+}\r\n${MARKER.padEnd(bytes, '\x80')}`;
  for (const command of [
    `SETMETADATA INBOX (/private/devicetoken ${value(MEGABYTE)})`,
    `SETMETADATA INBOX (/private/devicetoken ~${value(1000)})`,
    `SETMETADATA INBOX (/private/devicetoken "${MARKER}\t\x01\x02")`,
    `SETMETADATA INBOX (${Array.from({ length: 1500 }, (_, n) => `/private/${MARKER}${n} "${n}"`).join(' ')})`,
    `GETMETADATA INBOX (${`/private/${MARKER} `.repeat(5000).trim()})`,
    `APPEND INBOX {99999999999999999999+}\r\n${MARKER}`,
    `APPEND INBOX {999999999999+}\r\n${MARKER.repeat(100_000)}`,
    `APPEND INBOX {-5+}\r\n${MARKER}`,
    `SEARCH ${'('.repeat(20_000)}`,
    `FETCH 1:* (${'BODY[] '.repeat(20_000)})`,
    `CREATE "../../${MARKER}"`,
  ]) {
    const session = await ImapCommands.login(relay, login);
    const answer = await session.command(command).catch(() => 'closed');
    expect(answer).not.toContain(MARKER.repeat(2));
    session.close();
  }
}

async function fuzzMessages(relay: LabHost): Promise<void> {
  const { address, password } = await newAccount(relay);
  const { source } = await pgpMime({ from: address, to: address });
  const nested = Array.from({ length: 3000 }, (_, n) =>
    [`Content-Type: multipart/mixed; boundary=${MARKER}${n}`, '', `--${MARKER}${n}`].join('\r\n'),
  );
  for (const message of [
    `${`X-${MARKER}: y\r\n`.repeat(100_000)}${source}`,
    `X-Long: ${MARKER}${'x'.repeat(5 * MEGABYTE)}\r\n${source}`,
    `From: <${address}>\r\nMIME-Version: 1.0\r\n${nested.join('\r\n')}\r\n`,
    source.replace('Version: 1', `Version: 1\0${MARKER}`),
    source.replace('-----BEGIN', `${MARKER}\xff-----BEGIN`),
    `${MARKER}\0`.repeat(1000),
  ]) {
    const [submitted, received] = await Promise.all([
      submitting(relay, { address, password }, (session) =>
        deliver(session, { from: address, to: [address] }, message),
      ),
      openServerSession(relay).then((session) =>
        deliver(session, { from: `${MARKER}@stranger.test`, to: [address] }, message).finally(() =>
          session.abort(),
        ),
      ),
    ]);
    expect(received.code).toBeGreaterThanOrEqual(400);
    expect(submitted.code).toBeGreaterThanOrEqual(250);
  }
}

describe.concurrent.each(relays)('strangers on Debian $debian', (relay) => {
  test.sequential('get an error or no answer; nothing grows, dies or is logged', async () => {
    const before = await observe(relay);
    await Promise.all([fuzz(relay), fuzzMailbox(relay), fuzzMessages(relay)]);
    const after = await observe(relay);
    expect(after.running).toBe(before.running);
    console.log(`${relay.name}: ${after.kilobytes - before.kilobytes} kB more memory`);
    expect(after.kilobytes - before.kilobytes).toBeLessThan(ROOM_KILOBYTES);
    const logged = `{ journalctl -q -o cat --no-pager | grep -ai '${MARKER}'
      grep -rail '${MARKER}' /var/log; } | head -20 || true`;
    expect(await shellOnHost(relay, logged)).toBe('');
  });

  test.sequential('cannot put commands into a session before its TLS begins', async () => {
    for (const port of [25, 587] as const) {
      const session = await SmtpSession.connect(relay, port);
      await session.ehlo();
      session.write('STARTTLS\r\nMAIL FROM:<injected@a.test>\r\n');
      await session.expect(220).catch(() => {});
      await session.secure().catch(() => {});
      const reply = await session.command('NOOP').catch(() => ({ code: 0, text: '' }));
      expect([0, 250]).toContain(reply.code);
      expect(reply.text).not.toContain('2.1.0');
      session.abort();
    }
  });

  test.sequential('leave a relay that does its job', async () => {
    const login = await newAccount(relay);
    const { id, source } = await pgpMime({ from: login.address, to: login.address });
    await submitting(relay, login, (session) =>
      deliver(session, { from: login.address, to: [login.address] }, source),
    );
    await waitForSource(relay, login, id);
  });
});
