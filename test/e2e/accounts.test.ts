import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import { onHost, shellOnHost } from '../support/cmdeploy.ts';
import { type Login, openSubmission } from '../support/delivery.ts';
import { newCredentials } from '../support/deltachat.ts';
import { https } from '../support/https.ts';
import { createByImap, type ImapPort, imapAccepts, openMailbox } from '../support/imap.ts';
import { newAccount, relays } from '../support/relays.ts';
import { SmtpSession, type SmtpTarget } from '../support/smtp.ts';

async function smtpAccepts(target: SmtpTarget, login: Login): Promise<boolean> {
  const session = await SmtpSession.connect(target, 465);
  try {
    await session.ehlo();
    const { code } = await session.authPlain(login.address, login.password);
    expect([235, 535]).toContain(code);
    return code === 235;
  } finally {
    session.abort();
  }
}

/** Says LOGIN without TLS on port 143; gives all lines from the greeting to the answer. */
async function imapWithoutTls({ address }: SmtpTarget, login: Login): Promise<string[]> {
  const socket = connect({ host: address, port: 143 });
  try {
    const lines: string[] = [];
    for await (const line of createInterface(socket)) {
      lines.push(line);
      if (lines.length === 1) socket.write(`a LOGIN ${login.address} ${login.password}\r\n`);
      if (line.startsWith('a ')) break;
    }
    return lines;
  } finally {
    socket.destroy();
  }
}

describe.concurrent.each(relays)('accounts on Debian $debian', (relay) => {
  const { domain } = relay;
  const mailbox = (address: string) => `/home/vmail/mail/${domain}/${address}`;

  test.sequential('the first IMAP login makes the account, with that password', async () => {
    const login = newCredentials(domain);
    expect(await imapAccepts(relay, login)).toBe(true);
    expect(await imapAccepts(relay, login)).toBe(true);
    expect(await imapAccepts(relay, { ...login, password: 'another-password' })).toBe(false);
    expect(await smtpAccepts(relay, login)).toBe(true);
  });

  test.sequential('the first SMTP login makes the account, with that password', async () => {
    const login = newCredentials(domain);
    expect(await smtpAccepts(relay, login)).toBe(true);
    expect(await smtpAccepts(relay, { ...login, password: 'another-password' })).toBe(false);
    expect(await imapAccepts(relay, login)).toBe(true);
    expect(await imapAccepts(relay, { ...login, password: 'another-password' })).toBe(false);
  });

  test.sequential('of two first logins at once one password wins', async () => {
    const { address } = newCredentials(domain);
    const logins = Array.from({ length: 6 }, (_, n) => ({ address, password: `password-${n}` }));
    const accepted = await Promise.all(logins.map((login) => imapAccepts(relay, login)));
    expect(accepted.filter(Boolean)).toHaveLength(1);
  });

  test.sequential('the mailbox is laid out as the upstream relay does', async () => {
    const { address } = await newAccount(relay);
    const stat = await onHost(relay, 'stat', '-c', '%U %a', `${mailbox(address)}/password`);
    expect(stat).toMatch(/^vmail [46]00\n$/);
    const hash = await onHost(relay, 'cat', `${mailbox(address)}/password`);
    expect(hash).toMatch(/^\{[A-Z0-9-]+\}\$/);
  });

  test.sequential('an account that the upstream relay has made goes on with its password', async () => {
    const login = newCredentials(domain);
    const folder = mailbox(login.address);
    await shellOnHost(
      relay,
      `install -d -o vmail -g vmail -m 700 ${folder}
       doveadm pw -s SHA512-CRYPT -p '${login.password}' | tr -d '\\n' > ${folder}/password
       chown vmail:vmail ${folder}/password; chmod 600 ${folder}/password`,
    );
    expect(await imapAccepts(relay, { ...login, password: 'another-password' })).toBe(false);
    expect(await imapAccepts(relay, login)).toBe(true);
    expect(await smtpAccepts(relay, login)).toBe(true);
  });

  test.sequential('makes no account against the rules, nor elsewhere', async () => {
    const refused: [address: string, password: string][] = [
      [`abcdefgh@${domain}`, 'the name is short'],
      [`abcdefghij@${domain}`, 'the name is long'],
      [`abcdefgh1@${domain}`, '8-chars.'],
      [`abcdefg+1@${domain}`, 'plus is no letter of a name'],
      [`abcdefg*1@${domain}`, 'neither is an asterisk'],
      [`"abcdefg"@${domain}`, 'nor are quotes'],
      [`../../abc@${domain}`, 'names are no paths'],
      ['abcdefgh2@other.test', 'another domain'],
      ['abcdefgh2', 'no domain'],
      [`abcdefgh2@sub.${domain}`, 'a subdomain'],
      ['abcdefgh2@../../../tmp', 'domains are no paths'],
    ];
    const attempts = refused.flatMap(([address, password]) =>
      [imapAccepts, smtpAccepts].map(async (accepts) =>
        (await accepts(relay, { address, password })) ? address : undefined,
      ),
    );
    const accepted = (await Promise.all(attempts)).filter((address) => address !== undefined);
    expect(accepted).toEqual([]);
  });

  test.sequential('refused logins leave nothing in the mail store', async () => {
    const found = await shellOnHost(
      relay,
      `find /home/vmail/mail -mindepth 2 -maxdepth 2 | grep -vE '/[a-z0-9]{9}@${domain}$' || true`,
    );
    expect(found).toBe('');
  });

  test.sequential('existing accounts log in while chatmail-accounts is stopped, new ones do not', async () => {
    const login = await newAccount(relay);
    const sockets = ['auth', 'http', 'dict'].map((name) => `chatmail-accounts-${name}.socket`);
    const units = [...sockets, 'chatmail-accounts.service'].join(' ');
    await shellOnHost(relay, `systemctl stop ${units}`);
    try {
      expect(await imapAccepts(relay, login)).toBe(true);
      expect(await smtpAccepts(relay, login)).toBe(true);
      expect(await imapAccepts(relay, { ...login, password: 'another-password' })).toBe(false);
      await expect(createByImap(relay, newCredentials(domain))).rejects.toThrow();
    } finally {
      await shellOnHost(relay, `systemctl start ${units}`);
    }
    expect(await imapAccepts(relay, newCredentials(domain))).toBe(true);
  });

  test.sequential('/etc/chatmail-nocreate stops new accounts and no others', async () => {
    const login = await newAccount(relay);
    await onHost(relay, 'touch', '/etc/chatmail-nocreate');
    try {
      await expect(createByImap(relay, newCredentials(domain))).rejects.toThrow();
      expect(await imapAccepts(relay, login)).toBe(true);
      const refused = await https(relay, 'POST', '/new');
      expect(refused.status).toBeGreaterThanOrEqual(400);
      expect(JSON.parse(refused.body)).toEqual({ reason: expect.any(String) });
    } finally {
      await onHost(relay, 'rm', '/etc/chatmail-nocreate');
    }
    expect(await imapAccepts(relay, newCredentials(domain))).toBe(true);
  });

  test.sequential.each([
    ['POST', '/new'],
    ['GET', '/new'],
    ['POST', '/cgi-bin/newemail.py'],
  ] as const)('%s %s invents an account that works', async (method, path) => {
    const answer = await https(relay, method, path);
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    const { email, password, dclogin_url: url } = JSON.parse(answer.body);
    expect(email).toMatch(new RegExp(`^[a-z0-9]{9}@${domain}$`));
    expect(url).toMatch(new RegExp(`^dclogin:${email}\\?p=[^&]+&v=1(&ih=[^&]+&sh=[^&]+)?&ic=3$`));
    expect(await imapAccepts(relay, { address: email, password })).toBe(true);
  });

  test.sequential('autoconfig names every way to connect', async () => {
    const { status, body } = await https(
      relay,
      'GET',
      '/.well-known/autoconfig/mail/config-v1.1.xml',
    );
    expect(status).toBe(200);
    const ways = [...body.matchAll(/<port>(\d+)<\/port>\s*<socketType>(\w+)<\/socketType>/g)];
    expect(ways.map(([, port, socket]) => `${port} ${socket}`)).toEqual([
      '993 SSL',
      '143 STARTTLS',
      '443 SSL',
      '465 SSL',
      '587 STARTTLS',
      '443 SSL',
    ]);
    expect(body).toContain('<username>%EMAILADDRESS%</username>');
    const secrets = [...body.matchAll(/<authentication>(.*)<\/authentication>/g)];
    expect(secrets.map(([, how]) => how)).toEqual(ways.map(() => 'password-cleartext'));
  });

  test.sequential.each([993, 143] satisfies ImapPort[])(
    'IMAP speaks TLS 1.3 and nothing older on port %i',
    async (port) => {
      const login = await newAccount(relay);
      const client = await openMailbox(relay, login, port, { minVersion: 'TLSv1.3' });
      await client.logout();
      await expect(openMailbox(relay, login, port, { maxVersion: 'TLSv1.2' })).rejects.toThrow(
        /alert|closed|disconnected|ECONNRESET/i,
      );
    },
  );

  test.sequential('IMAP takes no password before TLS', async () => {
    const lines = await imapWithoutTls(relay, await newAccount(relay));
    expect(lines.at(0)).toMatch(/STARTTLS.* LOGINDISABLED/);
    expect(lines.at(-1)).toMatch(/^a NO \[PRIVACYREQUIRED\]/);
  });

  test.sequential('IMAP announces what the client looks for', async () => {
    const client = await openMailbox(relay, await newAccount(relay));
    try {
      const announced = [...client.capabilities.keys()];
      for (const name of ['XCHATMAIL', 'IDLE', 'QUOTA', 'CONDSTORE']) {
        expect(announced).toContain(name);
      }
    } finally {
      await client.logout();
    }
  });

  test.sequential('a login with a mailbox folder deleted by hand makes the account anew', async () => {
    const { address } = await newAccount(relay);
    await onHost(relay, 'rm', '-r', mailbox(address));
    expect(await imapAccepts(relay, { address, password: 'a-new-password' })).toBe(true);
  });

  test.sequential('submission needs a login that exists or can be made', async () => {
    const { address } = await newAccount(relay);
    await expect(openSubmission(relay, { address, password: 'wrong-password' })).rejects.toThrow(
      /535/,
    );
  });
});
