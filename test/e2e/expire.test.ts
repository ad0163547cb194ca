/** Deletion on real relays: by the night's pass, and when Dovecot warns. Ages are given by touch(1). */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ImapFlow } from 'imapflow';
import { describe, expect, test } from 'vitest';
import { type LabHost, onHost, shellOnHost } from '../support/cmdeploy.ts';
import { imapAccepts, openMailbox, withMailbox } from '../support/imap.ts';
import { newAccount, relays } from '../support/relays.ts';

const PATIENCE_MS = 60_000;

const until = async (what: string, holds: () => Promise<boolean> | boolean): Promise<void> => {
  for (const deadline = Date.now() + PATIENCE_MS; !(await holds()); await sleep(250))
    if (Date.now() > deadline) throw new Error(`${what}: not within ${PATIENCE_MS / 1000} s`);
};

const mailboxOf = ({ domain }: LabHost, address: string) => `/home/vmail/mail/${domain}/${address}`;

const passwordAge = async (relay: LabHost, address: string): Promise<number> => {
  const password = `${mailboxOf(relay, address)}/password`;
  return Number(await shellOnHost(relay, `echo $(( $(date +%s) - $(stat -c %Y ${password}) ))`));
};

const expire = (relay: LabHost) => onHost(relay, 'systemctl', 'start', 'chatmail-expire.service');

/** A message that was read: those that nobody has seen yet stay in `new`. */
const append = async (client: ImapFlow, subject: string, bytes = 100): Promise<void> => {
  const line = `${'x'.repeat(70)}\r\n`;
  const body = line.repeat(Math.ceil(bytes / line.length));
  await client.append('INBOX', `Subject: ${subject}\r\n\r\n${body}`, ['\\Seen']);
};

const subjects = async (client: ImapFlow): Promise<string[]> => {
  const found: string[] = [];
  for await (const { envelope } of client.fetch('1:*', { envelope: true }))
    found.push(envelope?.subject ?? '');
  return found.sort();
};

const quotaBytes = async (client: ImapFlow): Promise<number> => {
  const quota = await client.getQuota('INBOX');
  if (!quota || quota.storage?.usage === undefined) throw new Error('no quota');
  return quota.storage.usage;
};

/** Gives messages an age in days: those that contain the key. */
const age = (relay: LabHost, address: string, days: Readonly<Record<string, number>>) =>
  shellOnHost(
    relay,
    [
      `cd ${mailboxOf(relay, address)}`,
      ...Object.entries(days).map(
        ([text, count]) =>
          `grep -rlZ ${text} cur new .Sent/cur .Sent/new | xargs -0 touch -d '${count} days ago'`,
      ),
    ].join('\n'),
  );

describe.concurrent.each(relays)('deletion on Debian $debian', (relay) => {
  test.sequential('has its timer', async () => {
    const units = await onHost(
      relay,
      'systemctl',
      'is-active',
      'chatmail-expire.timer',
      'chatmail-quota.socket',
    );
    expect(units).toBe('active\nactive\n');
  });

  test.sequential('takes old and large messages from a client in IDLE, and nothing else', async () => {
    const login = await newAccount(relay);
    const client = await openMailbox(relay, login);
    try {
      await client.mailboxOpen('INBOX');
      await append(client, 'old');
      await append(client, 'large', 210_000);
      await append(client, 'young');
      await client.mailboxCreate('Sent');
      await client.append('Sent', 'Subject: elsewhere\r\n\r\nx\r\n');
      await client.noop();
      await age(relay, login.address, { old: 21, large: 8, young: 19, elsewhere: 21 });

      const listed = await onHost(
        relay,
        'node',
        '/usr/local/lib/chatmaild/expire.cjs',
        '--dry-run',
      );
      const own = listed.split('\n').filter((line) => line.includes(login.address));
      expect(own.map((line) => line.split('\t')[0]).sort()).toEqual(['large', 'old', 'old']);

      let expunged = 0;
      client.on('expunge', () => {
        expunged += 1;
      });
      const idle = client.idle();
      await expire(relay);
      await until('EXPUNGE of two messages', () => expunged === 2);
      await client.noop();
      await idle;
      expect(await subjects(client)).toEqual(['young']);
      expect(await client.status('Sent', { messages: true })).toMatchObject({ messages: 0 });
      expect(await quotaBytes(client)).toBeLessThan(2048);
      await append(client, 'new');
      await client.noop();
      expect(await subjects(client)).toEqual(['new', 'young']);
    } finally {
      client.close();
    }
  });

  test.sequential('takes inactive accounts whole, and keeps those that are connected', async () => {
    const [gone, idle] = [await newAccount(relay), await newAccount(relay)];
    const client = await openMailbox(relay, idle);
    try {
      await client.mailboxOpen('INBOX');
      const passwords = [gone, idle].map(({ address }) => `${mailboxOf(relay, address)}/password`);
      await onHost(relay, 'touch', '-d', '91 days ago', ...passwords);
      await expire(relay);
      const left = await shellOnHost(relay, `ls -A /home/vmail/mail/${relay.domain}`);
      expect(left.split('\n')).toContain(idle.address);
      expect(left.split('\n')).not.toContain(gone.address);
      expect(left).not.toContain('.removed-');
      expect(await passwordAge(relay, idle.address)).toBeLessThan(3600);
      await client.noop();
    } finally {
      client.close();
    }
    expect(await imapAccepts(relay, { ...gone, password: 'another-password' })).toBe(true);
  });

  test.sequential('notes a login', async () => {
    const login = await newAccount(relay);
    const password = `${mailboxOf(relay, login.address)}/password`;
    await onHost(relay, 'touch', '-d', '2 days ago', password);
    expect(await imapAccepts(relay, login)).toBe(true);
    await until('a new time', async () => (await passwordAge(relay, login.address)) < 3600);
    expect(await onHost(relay, 'cat', password)).toMatch(/^\{SHA512-CRYPT\}/);
  });

  test.sequential('cleans up a mailbox at once that a message fills to 75%', async () => {
    const login = await newAccount(relay);
    const cur = `${mailboxOf(relay, login.address)}/cur`;
    // 72% of 500 MiB in files without content; Dovecot reads their size from the name.
    await shellOnHost(
      relay,
      `cd ${cur}
       for days in 2 3; do
         size=$((180 * 1024 * 1024)); name="$(date -d "$days days ago" +%s).M\${days}P1.test,S=$size,W=$size:2,S"
         runuser -u vmail -- truncate -s $size "$name"
         touch -d "$days days ago" "$name"
       done`,
    );
    await withMailbox(relay, login, async (client) => {
      await append(client, 'the last straw', 20_000_000);
      await until('room', async () => {
        await client.noop();
        return (await quotaBytes(client)) < 250_000_000;
      });
      expect(await subjects(client)).toContain('the last straw');
    });
    const left = await onHost(relay, 'ls', cur);
    expect(left).toMatch(/M2P1/);
    expect(left).not.toMatch(/M3P1/);
  });

  test.sequential('leaves no name of anybody in the journal', async () => {
    const log = await onHost(
      relay,
      'journalctl',
      '--no-pager',
      '-o',
      'cat',
      '-u',
      'chatmail-expire.service',
      '-u',
      'chatmail-quota@*.service',
    );
    expect(log).toMatch(/\d+ mailboxes; messages: \d+ old, \d+ large, \d+ for room/);
    expect(log).toMatch(/1 mailboxes; messages: 0 old, 0 large, 1 for room/);
    expect(log).not.toContain(`@${relay.domain}`);
  });
});
