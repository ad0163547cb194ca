import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { shellOnHost } from '../support/cmdeploy.ts';
import { deliver, type Login } from '../support/delivery.ts';
import { allMessages, waitForSource, withMailbox } from '../support/imap.ts';
import { ImapCommands } from '../support/imap-commands.ts';
import { pgpMime } from '../support/messages.ts';
import { NotificationService } from '../support/notification-service.ts';
import { newAccount, relays, submitting } from '../support/relays.ts';

const newToken = () => `openpgp:${randomBytes(300).toString('base64')}`;
const server = (name: string) => `/shared/vendor/deltachat/${name}`;

describe.concurrent.each(relays)('push on Debian $debian', (relay) => {
  let service: NotificationService;
  let sender: Login;

  beforeAll(async () => {
    service = await NotificationService.start();
    await service.employ(relay);
    sender = await newAccount(relay);
  });
  afterAll(async () => {
    await service.release(relay);
    await service.close();
  });

  const session = async <R>(login: Login, use: (imap: ImapCommands) => Promise<R>): Promise<R> => {
    const imap = await ImapCommands.login(relay, login);
    try {
      return await use(imap);
    } finally {
      imap.close();
    }
  };
  const tokensOf = (login: Login) =>
    session(login, (imap) => imap.command('GETMETADATA INBOX (/private/devicetoken)'));

  /** An account with a token. */
  const withToken = async (): Promise<{ login: Login; token: string }> => {
    const login = await newAccount(relay);
    const token = newToken();
    const set = `SETMETADATA INBOX (/private/devicetoken "${token}")`;
    expect(await session(login, (imap) => imap.command(set))).toMatch(/^a2 OK/);
    return { login, token };
  };

  /** Sends a message; resolves when it is in the mailbox of `to`. */
  const write = async (from: Login, to: Login, bcc: readonly Login[] = []): Promise<void> => {
    const { id, source } = await pgpMime({ from: from.address, to: to.address });
    const recipients = [to, ...bcc].map(({ address }) => address);
    const { code } = await submitting(relay, from, (smtp) =>
      deliver(smtp, { from: from.address, to: recipients }, source),
    );
    expect(code).toBe(250);
    await waitForSource(relay, to, id);
  };

  test.sequential('a client finds what it needs to know', async () => {
    await session(sender, async (imap) => {
      const capability = await imap.command('CAPABILITY');
      for (const word of ['XDELTAPUSH', 'XCHATMAIL', 'METADATA', 'IDLE', 'QUOTA', 'CONDSTORE'])
        expect(capability).toContain(` ${word}`);
      const names = [server('maxsmtprecipients'), server('appversions'), server('no-such-entry')];
      const answer = await imap.command(`GETMETADATA "" (${names.join(' ')})`);
      expect(answer).toContain(`${names[0]} {4}\r\n1000`);
      expect(answer).toContain(`${names[1]} NIL`);
      expect(answer).toContain(`${names[2]} NIL`);
    });
  });

  test.sequential('a client is told the versions that the operator gives', async () => {
    const file = '/etc/chatmail/appversions.json';
    await shellOnHost(relay, `printf '{\\n  "android": "2.57"\\n}\\n' > ${file}`);
    try {
      await session(sender, async (imap) =>
        expect(await imap.command(`GETMETADATA "" (${server('appversions')})`)).toContain(
          '{"android":"2.57"}',
        ),
      );
    } finally {
      await shellOnHost(relay, `rm ${file}`);
    }
  });

  test.sequential('new mail is told to every token, and nothing else to anybody', async () => {
    const { login, token } = await withToken();
    const second = newToken();
    await session(login, (imap) =>
      imap.command(`SETMETADATA INBOX (/private/devicetoken {${second.length}+}\r\n${second})`),
    );
    expect((await tokensOf(login)).includes(token)).toBe(true);
    await write(sender, login);
    await service.expectPosts(token);
    await service.expectPosts(second);
    expect(service.tokens).toBe(2);
  });

  test.sequential('nobody is told of messages of their own', async () => {
    const { login, token } = await withToken();
    await write(login, login);
    await write(login, sender, [login]);
    await withMailbox(relay, login, (client) => client.append('INBOX', 'From: a@b\r\n\r\nx\r\n'));
    // What is told after all of these was queued after all of them.
    const { login: other, token: last } = await withToken();
    await write(sender, other);
    await service.expectPosts(last);
    expect(service.count(token)).toBe(0);
  });

  test.sequential('a service that refuses, hangs up, redirects or stalls is asked again', async () => {
    const tokens: string[] = [];
    for (const answer of [503, 'hang up', 308, 'stall'] as const) {
      const { login, token } = await withToken();
      service.answer(answer);
      await write(sender, login);
      await service.expectPosts(token);
      tokens.push(token);
    }
    service.answer(200);
    for (const token of tokens) await service.expectPosts(token, 2);
  });

  test.sequential('a token that is gone is forgotten', async () => {
    const { login, token } = await withToken();
    service.answer(410);
    await write(sender, login);
    await service.expectPosts(token);
    const expectNone = async () => expect(await tokensOf(login)).toContain('NIL');
    await vi.waitFor(expectNone, { timeout: 30_000 });
    service.answer(200);
  });

  test.sequential('what waits survives a kill of each of the services', async () => {
    const { login, token } = await withToken();
    service.answer('stall');
    await write(sender, login);
    await service.expectPosts(token);
    service.answer(200);
    await shellOnHost(relay, 'systemctl kill -s KILL chatmail-push');
    await service.expectPosts(token, 2);

    // Starting is prevented for as long as the mail takes to come.
    await shellOnHost(
      relay,
      `systemctl stop chatmail-push
       systemctl stop 'chatmail-accounts*.socket' chatmail-accounts`,
    );
    await write(sender, login).finally(() =>
      shellOnHost(relay, `systemctl start chatmail-accounts chatmail-push`),
    );
    await service.expectPosts(token, 3);
    expect(await tokensOf(login)).toContain(token);
  });

  test.sequential('ten thousand tokens in the queue do not hold up mail, and all are told', async () => {
    const { login, token } = await withToken();
    const before = service.tokens;
    service.answer('stall');
    await shellOnHost(
      relay,
      `cat > /run/push-test/fill.js <<'END'
       const { createHash } = require('node:crypto');
       const { renameSync, writeFileSync } = require('node:fs');
       const queue = '/var/lib/chatmail-push/queue/';
       for (let n = 0; n < 10_000; n += 1) {
         const name = createHash('sha256').update('token-' + n).digest('hex');
         writeFileSync(queue + '.fill', 'token-' + n + '\\nnobody@example.org\\n');
         renameSync(queue + '.fill', queue + name);
       }
END
       node /run/push-test/fill.js`,
    );
    const started = performance.now();
    await write(sender, login);
    console.log(`${relay.name}: delivery ${Math.round(performance.now() - started)} ms`);
    service.answer(200);
    await vi.waitUntil(() => service.tokens > before + 10_000, { timeout: 120_000, interval: 250 });
    await service.expectPosts(token);
    const waiting = 'find /var/lib/chatmail-push -type f | wc -l';
    const expectDone = async () => expect(Number(await shellOnHost(relay, waiting))).toBe(0);
    await vi.waitFor(expectDone, { timeout: 120_000 });
  });

  test.sequential.each([
    ['a megabyte', `{1000000+}\r\n${'x'.repeat(1_000_000)}`],
    ['more than a token', `{60000+}\r\n${'x'.repeat(60_000)}`],
    ['binary', '{6+}\r\na\u0001\u00ff\n\tb'],
    ['with a NUL', '~{3+}\r\na\u0000b'],
    ['empty', '""'],
  ])('a value that is no token is refused: %s', async (_, value) => {
    const login = await newAccount(relay);
    await session(login, async (imap) => {
      expect(await imap.command(`SETMETADATA INBOX (/private/devicetoken ${value})`)).toMatch(
        /^a2 NO/m,
      );
      expect(await imap.command('GETMETADATA INBOX (/private/devicetoken)')).toContain('NIL');
    });
  });

  test.sequential('no other entry can be set, and thousands do no harm', async () => {
    const login = await newAccount(relay);
    const entries = (of: (n: number) => string) => Array.from({ length: 3000 }, (_, n) => of(n));
    await session(login, async (imap) => {
      for (const change of [
        'INBOX (/private/other "x")',
        'INBOX (/shared/comment "x")',
        `"" (${server('turn')} "evil")`,
        '"" (/private/devicetoken "x")',
        `INBOX (${entries((n) => `/private/devicetoken "t${n}"`).join(' ')})`,
        `INBOX (${entries((n) => `/private/x${n} "v"`).join(' ')})`,
      ])
        expect(await imap.command(`SETMETADATA ${change}`)).toMatch(/^a\d+ NO/m);
      const many = entries((n) => `/private/x${n}`).join(' ');
      expect(await imap.command(`GETMETADATA INBOX (${many})`)).toMatch(/^a\d+ OK/m);
      expect(await imap.command('GETMETADATA (DEPTH infinity) INBOX (/private)')).toMatch(
        /^a\d+ OK/m,
      );
      expect(await imap.command('GETMETADATA INBOX (/private/devicetoken)')).toContain('NIL');
    });
    await withMailbox(relay, login, async (client) =>
      expect(await allMessages(client)).toEqual([]),
    );
  });

  test.sequential('no log tells a token or an address', async () => {
    const { login, token } = await withToken();
    service.answer('hang up');
    await write(sender, login);
    await service.expectPosts(token);
    const name = login.address.split('@')[0];
    const journal = 'journalctl -q -o cat --no-pager';
    const found = await shellOnHost(
      relay,
      `${journal} | grep -oE 'openpgp:|token-[0-9]|nobody@|${name}' | sort -u || true
       ${journal} -u chatmail-push | grep -F 'gives no answer: ECONNRESET' | sort -u`,
    );
    expect(found).toBe('push: the notification service gives no answer: ECONNRESET\n');
  });
});
