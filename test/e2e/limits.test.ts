import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { IN_LAB, type LabHost, onHost, shellOnHost } from '../support/cmdeploy.ts';
import { deliver, openServerSession } from '../support/delivery.ts';
import { newCredentials } from '../support/deltachat.ts';
import { deployAgain, deployWith } from '../support/deploy-with.ts';
import { send } from '../support/hostile.ts';
import { https } from '../support/https.ts';
import { imapAccepts, waitForSource } from '../support/imap.ts';
import { pgpMime } from '../support/messages.ts';
import { newAccount, relays, submitting } from '../support/relays.ts';
import { SmtpSession } from '../support/smtp.ts';

const FLOOD = fileURLToPath(new URL('../support/flood.mjs', import.meta.url));
const IMAP_CONNECTIONS = 200;
const SMTP_CONNECTIONS = 16;
/** More than there may be, by port. On 465 the excess waits its turn before Postfix has counted it. */
const WISHES = ['25=40', '587=40', '465=20', '143=150', '993=150', '443=300', '80=300'];
const SMTP_PORTS = [25, 465, 587] as const;

/** A machine with an address of its own that does not stop connecting until `use` is done. */
async function flooding<R>(relay: LabHost, use: () => Promise<R>): Promise<R> {
  const [file, ...args] = [...IN_LAB, process.execPath, FLOOD, relay.address, ...WISHES] as const;
  const flood = execa(file, args, { stdin: 'pipe', reject: false });
  try {
    await new Promise<void>((resolve, reject) => {
      createInterface(flood.stdout).once('line', () => resolve());
      flood.then(({ stderr }) => reject(new Error(`the flood has ended: ${stderr}`)), reject);
    });
    return await use();
  } finally {
    flood.stdin.end();
    await flood;
  }
}

describe('a client that opens connections without end', () => {
  beforeAll(() =>
    Promise.all(
      relays.map((relay) =>
        deployWith(relay, {
          max_imap_connections: IMAP_CONNECTIONS,
          max_smtp_connections: SMTP_CONNECTIONS,
        }),
      ),
    ),
  );
  /** For 1000 seconds after it was short of processes Postfix is short with everyone (STRESS_README). */
  const calmDown = async (relay: LabHost): Promise<void> => {
    await deployAgain(relay);
    await onHost(relay, 'systemctl', 'restart', 'postfix.service');
  };
  afterAll(() => Promise.all(relays.map(calmDown)));

  test.concurrent.each(relays)('does not starve others on Debian $debian', async (relay) => {
    const [one, other] = await Promise.all([newAccount(relay), newAccount(relay)]);
    await flooding(relay, async () => {
      const { id, source } = await pgpMime({ from: one.address, to: other.address });
      const [sent] = await Promise.all([
        submitting(relay, one, (session) =>
          deliver(session, { from: one.address, to: [other.address] }, source),
        ),
        openServerSession(relay).then((session) => session.quit()),
        SmtpSession.connect(relay, 587).then((session) => session.quit()),
        SmtpSession.connect(relay, 443).then((session) => session.quit()),
        vi.waitFor(
          async () => expect(await send(relay, { port: 143 }, 'a LOGOUT\r\n')).toMatch(/^a OK/m),
          { timeout: 60_000, interval: 1000 },
        ),
        https(relay, 'GET', '/'),
      ]);
      expect(sent.code).toBe(250);
      await waitForSource(relay, other, id);
      const answer = await https(relay, 'POST', '/new');
      expect(answer.status).toBe(200);
      const { email, password } = JSON.parse(answer.body);
      expect(await imapAccepts(relay, { address: email, password })).toBe(true);

      const processes = await shellOnHost(relay, 'pgrep -cx smtpd');
      expect(Number(processes)).toBeLessThanOrEqual(SMTP_PORTS.length * SMTP_CONNECTIONS);
    });
  });
});

const INI = '/etc/chatmail/chatmail.ini';
/** What a host is short of as soon as chatmail.ini says so. */
const SHORTAGES = [
  ['max_load_1m', '0', 'the server is too busy'],
  ['min_available_memory', '100000G', 'the server is short of memory'],
  ['min_free_disk_space', '1000000G', 'the server is short of disk'],
] as const;

describe('a host that is short of something', () => {
  test.concurrent.each(relays)('makes no accounts on Debian $debian', async (relay) => {
    const login = await newAccount(relay);
    const restartAfter = (change: string) =>
      shellOnHost(relay, `${change}\nsystemctl restart chatmail-accounts.service`);
    await shellOnHost(relay, `cp -p ${INI} ${INI}.kept`);
    try {
      for (const [name, value, reason] of SHORTAGES) {
        await restartAfter(`sed 's/^${name} = .*/${name} = ${value}/' ${INI}.kept > ${INI}`);
        const [refused, created, accepted] = await Promise.all([
          https(relay, 'POST', '/new'),
          imapAccepts(relay, newCredentials(relay.domain)),
          imapAccepts(relay, login),
        ]);
        expect(refused.status).toBe(503);
        expect(JSON.parse(refused.body)).toEqual({ reason });
        expect(created).toBe(false);
        expect(accepted).toBe(true);
      }
    } finally {
      await restartAfter(`mv ${INI}.kept ${INI}`);
    }
    expect(await imapAccepts(relay, newCredentials(relay.domain))).toBe(true);
  });
});
