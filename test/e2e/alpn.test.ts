import { connect as connectTcp } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { type LabHost, shellOnHost } from '../support/cmdeploy.ts';
import { https } from '../support/https.ts';
import { clientAddress, newAccount, relays } from '../support/relays.ts';

const TIMEOUT_MS = 30_000;

/**
 * Connects to port 443, writes `request`, and one of `answers` each time something comes, until `enough`
 * or the server hangs up.
 */
const converse = (
  { address, domain }: LabHost,
  protocols: readonly string[],
  {
    request = '',
    answers = [],
    enough = /\r\n/,
    ...tls
  }: ConnectionOptions & { request?: string; answers?: readonly string[]; enough?: RegExp } = {},
): Promise<string> =>
  new Promise((resolve, reject) => {
    let received = '';
    let secure = false;
    const unsent = [...answers];
    const names = { host: address, port: 443, servername: domain, rejectUnauthorized: false };
    const options = {
      ...names,
      ...(protocols.length > 0 ? { ALPNProtocols: [...protocols] } : {}),
      ...tls,
    };
    const socket = connectTls(options, () => {
      secure = true;
      socket.write(request);
    });
    const end = () => {
      socket.destroy();
      if (secure) resolve(received);
      else reject(new Error('the server hung up instead of TLS'));
    };
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('no answer in time')));
    socket.on('data', (data: Buffer) => {
      received += data.toString('latin1');
      if (enough.test(received)) return end();
      const answer = unsent.shift();
      if (answer !== undefined) socket.write(answer);
    });
    socket.on('end', end);
    socket.on('error', reject);
  });

/** The same without TLS: `bytes` are all that the server gets. */
const raw = ({ address }: LabHost, bytes: Buffer): Promise<string> =>
  new Promise((resolve) => {
    let received = '';
    const socket = connectTcp({ host: address, port: 443 }, () => socket.write(bytes));
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy());
    socket.on('data', (data: Buffer) => {
      received += data.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(received));
  });

const PAGE = { request: 'GET /.well-known/mta-sts.txt HTTP/1.0\r\n\r\n', enough: /STSv1|^HTTP/ };

describe.concurrent.each(relays)('port 443 on Debian $debian', (relay) => {
  const withHost = {
    ...PAGE,
    request: PAGE.request.replace('\r\n', `\r\nHost: ${relay.domain}\r\n`),
  };

  test.sequential('speaks IMAP and SMTP to clients that ask for it, with TLS as on their own ports', async () => {
    const { address, password } = await newAccount(relay);
    const imap = await converse(relay, ['imap'], {
      answers: [`1 LOGIN ${address} ${password}\r\n`],
      enough: /^1 /m,
    });
    expect(imap).toMatch(/^1 OK/m);
    const token = Buffer.from(`\0${address}\0${password}`).toString('base64');
    const smtp = await converse(relay, ['smtp'], {
      answers: ['EHLO client.test\r\n', `AUTH PLAIN ${token}\r\n`],
      enough: /^(235|5\d\d) /m,
    });
    expect(smtp).toMatch(/^220 /);
    expect(smtp).toMatch(/^235 /m);
    for (const protocol of ['imap', 'smtp']) {
      const old = converse(relay, [protocol], { maxVersion: 'TLSv1.2' });
      await expect(old).rejects.toThrow();
    }
  });

  test.sequential.each([
    { protocols: [] },
    { protocols: ['http/1.1'] },
    { protocols: ['imaps', 'smtpx', 'xsmtp'] },
    { protocols: ['imap '] },
  ])('speaks HTTPS to clients that ask for $protocols', async ({ protocols }) => {
    const answer = await converse(relay, protocols, withHost).catch((error: Error) => error);
    // A client that wants nothing the web server has is told so (RFC 7301 section 3.2).
    if (answer instanceof Error) expect(answer.message).toMatch(/no application protocol/i);
    else expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  test.sequential('speaks HTTPS in TLS 1.2 too, and to clients that name no server', async () => {
    const old = await converse(relay, [], { ...withHost, maxVersion: 'TLSv1.2' });
    expect(old).toMatch(/^HTTP\/1\.1 200 /);
    const nameless = await converse(relay, [], { ...withHost, servername: '' });
    expect(nameless).toMatch(/^(HTTP\/1\.1 200 |$)/);
    await expect(converse(relay, [], { ...withHost, maxVersion: 'TLSv1.1' })).rejects.toThrow();
  });

  test.sequential('answers nonsense with an error or not at all, and goes on', async () => {
    const plain = await raw(relay, Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'));
    expect(plain).toMatch(/^HTTP\/1\.1 400 /);
    const hello = Buffer.from([0x16, 3, 1, 0xff, 0xff, 1, 0, 0xff, 0xfb, 3, 3]);
    const nonsense = [
      Buffer.concat([hello, Buffer.alloc(70_000, 0xa5)]),
      // Record length 0, SSL 2, an ALPN list whose length is wrong.
      Buffer.from([0x16, 3, 1, 0, 0, 0x16, 3, 1, 0, 0, 1, 2, 3]),
      Buffer.from([0x80, 0x2e, 1, 0, 2, 0, 0x15, 0, 0, 0, 0x10, ...Array<number>(40).fill(1)]),
      Buffer.from('* LOGIN nobody nothing\r\n\r\n'),
      Buffer.alloc(100_000),
    ];
    const answers = await Promise.all(nonsense.map((bytes) => raw(relay, bytes)));
    for (const answer of answers) expect(answer).not.toMatch(/OK|200/);
    // Clients that never say what they want.
    const silent = Array.from({ length: 200 }, () =>
      connectTcp({ host: relay.address, port: 443 }),
    );
    for (const socket of silent) socket.on('error', () => {});
    expect((await https(relay, 'GET', '/')).status).toBe(200);
    for (const socket of silent) socket.destroy();
  });

  test.sequential('notes no address of a client, neither there nor in the service', async () => {
    const journal = await shellOnHost(
      relay,
      'journalctl -q -o cat -t mail -t nginx --no-pager | tail -n 2000',
    );
    expect(journal).not.toMatch(clientAddress(relay));
  });
});
