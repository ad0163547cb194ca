import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type LabHost, onHost, shellOnHost } from '../support/cmdeploy.ts';
import { deliver } from '../support/delivery.ts';
import { waitForSource } from '../support/imap.ts';
import { pgpMime } from '../support/messages.ts';
import { newAccount, relays, submitting } from '../support/relays.ts';

const RESTART_MS = 20_000;

/** The long-running services of a relay. Debian 12 runs Postfix as an instance of a template. */
function servicesOf({ debian }: LabHost): string[] {
  const postfix = debian === 12 ? 'postfix@-.service' : 'postfix.service';
  return [
    postfix,
    'dovecot.service',
    'nginx.service',
    'opendkim.service',
    'unbound.service',
    'chatmail-filter.service',
    'chatmail-accounts.service',
  ];
}

interface Service {
  readonly active: boolean;
  readonly pid: number;
}

async function observe(relay: LabHost, unit: string): Promise<Service> {
  const shown = await onHost(relay, 'systemctl', 'show', '-p', 'ActiveState,MainPID', unit);
  return {
    active: shown.includes('ActiveState=active'),
    pid: Number(/MainPID=(\d+)/.exec(shown)?.[1]),
  };
}

describe.each(relays)('services on Debian $debian', (relay) => {
  const services = servicesOf(relay);

  test.each(services)('%s runs', async (unit) => {
    expect(await observe(relay, unit)).toMatchObject({ active: true });
  });

  test('nothing has failed', async () => {
    expect(await onHost(relay, 'systemctl', '--failed', '--no-legend', '--plain')).toBe('');
  });

  test('only what strangers need listens to the network', async () => {
    const sockets = await onHost(relay, 'ss', '-Hltun');
    const open = sockets
      .split('\n')
      .map((line) => /^(tcp|udp)\s+\S+\s+\d+\s+\d+\s+(\S+):(\d+)\s/.exec(line))
      .filter((match) => match !== null)
      .filter(([, , address]) => !/^(127\.|\[::1\])/.test(address ?? ''))
      .map(([, protocol, , port]) => `${protocol} ${port}`);
    const expected = [22, 25, 80, 143, 443, 465, 587, 993].map((port) => `tcp ${port}`);
    expect([...new Set(open)].sort()).toEqual(expected.sort());
  });

  test.each(['chatmail-filter.service', 'chatmail-accounts.service'])(
    '%s is shut in',
    async (unit) => {
      const report = await shellOnHost(
        relay,
        `systemd-analyze security --no-pager ${unit} | tail -1`,
      );
      const exposure = Number(/: ([\d.]+)/.exec(report)?.[1]);
      console.log(`${relay.name} ${unit}: exposure ${exposure}`);
      expect(exposure).toBeLessThan(2.5);
    },
  );

  test('the filter cannot read the mail store', async () => {
    const attempt = `runuser -u chatmail-filter -- ls /home/vmail/mail 2>&1 || true`;
    expect(await shellOnHost(relay, attempt)).toContain('Permission denied');
  });

  test.each(services)('%s comes back when it is killed', async (unit) => {
    const before = await observe(relay, unit);
    const pid =
      before.pid > 0
        ? String(before.pid)
        : (await onHost(relay, 'cat', '/var/spool/postfix/pid/master.pid')).trim();
    await onHost(relay, 'kill', '-KILL', pid);
    const deadline = Date.now() + RESTART_MS;
    for (;;) {
      const now = await observe(relay, unit);
      if (now.active && (before.pid === 0 || (now.pid > 0 && now.pid !== before.pid))) break;
      if (Date.now() > deadline) throw new Error(`${unit} did not come back.`);
      await sleep(500);
    }
  });

  test('mail flows after all of that', async () => {
    const login = await newAccount(relay);
    const { id, source } = await pgpMime({ from: login.address, to: login.address });
    await expect
      .poll(
        () =>
          submitting(relay, login, (session) =>
            deliver(session, { from: login.address, to: [login.address] }, source),
          ).then(
            ({ code }) => code,
            () => 0,
          ),
        { timeout: 20_000, interval: 1500 },
      )
      .toBe(250);
    await waitForSource(relay, login, id);
  });
});
