import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import {
  type CliResult,
  cmdeploy,
  type LabHost,
  onHost,
  shellOnHost,
  tryCmdeploy,
} from '../support/cmdeploy.ts';
import { deliver } from '../support/delivery.ts';
import { waitForSource } from '../support/imap.ts';
import { pgpMime } from '../support/messages.ts';
import { newAccount, relays, submitting } from '../support/relays.ts';

const NOTHING_TO_DO = /nothing to do/;
const HEALING_MS = 180_000;

/** Files and services as they are: path, time, mode and owner; unit, start time, process. */
function snapshot(relay: LabHost): Promise<string> {
  return shellOnHost(
    relay,
    `find /etc /usr/local /var/www /var/lib/cmdeploy -xdev -printf '%p %T@ %m %u:%g\\n' | sort
     systemctl show -p Id,ActiveEnterTimestampMonotonic,MainPID \\
       'postfix*' dovecot nginx opendkim unbound 'chatmail-*'`,
  );
}

/** When each service was last started. */
async function starts(relay: LabHost): Promise<Map<string, string>> {
  const shown = await shellOnHost(
    relay,
    `systemctl show -p Id,ActiveEnterTimestampMonotonic --value \\
       dovecot nginx opendkim unbound chatmail-filter chatmail-accounts`,
  );
  const blocks = shown.trim().split('\n\n');
  return new Map(blocks.map((block) => block.split('\n') as [string, string]));
}

const deploy = ({ config }: LabHost) => tryCmdeploy(['run', '--config', config]);

/** Runs until it succeeds: while an interrupted run still works on the host, others are refused. */
async function heal(relay: LabHost): Promise<CliResult> {
  const deadline = Date.now() + HEALING_MS;
  for (;;) {
    const result = await deploy(relay);
    if (result.code === 0) return result;
    if (Date.now() > deadline) throw new Error(`${relay.name} was not healed:\n${result.stderr}`);
    await sleep(2000);
  }
}

async function expectToWork(relay: LabHost): Promise<void> {
  const again = await deploy(relay);
  expect(again.code).toBe(0);
  expect(again.stdout).toMatch(NOTHING_TO_DO);
  const login = await newAccount(relay);
  const { id, source } = await pgpMime({ from: login.address, to: login.address });
  await submitting(relay, login, (session) =>
    deliver(session, { from: login.address, to: [login.address] }, source),
  );
  await waitForSource(relay, login, id);
}

describe.concurrent.each(relays)('cmdeploy run on Debian $debian', (relay) => {
  test.sequential('a second run has nothing to do and touches nothing', async () => {
    await heal(relay);
    const before = await snapshot(relay);
    const { code, stdout } = await deploy(relay);
    expect(code).toBe(0);
    expect(stdout).toMatch(NOTHING_TO_DO);
    expect(await snapshot(relay)).toBe(before);
  });

  test.sequential('tells machines the same', async () => {
    const report = JSON.parse(await cmdeploy(['run', '--config', relay.config, '--json']));
    expect(report).toMatchObject({ domain: relay.domain, changed: false, steps: [] });
    expect(report.ssh.connections).toBe(1);
    expect(report.ssh.execs).toBeLessThanOrEqual(2);
  });

  test.sequential('one changed line restarts or reloads what reads it and nothing else', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cmdeploy-test-'));
    try {
      const config = join(folder, 'chatmail.ini');
      const text = await readFile(relay.config, 'utf8');
      await writeFile(
        config,
        text.replace(/^#?max_user_send_per_minute.*$/m, 'max_user_send_per_minute = 61'),
      );
      const before = await starts(relay);
      await cmdeploy(['run', '--config', config]);
      const after = await starts(relay);
      const restarted = [...after].filter(([unit, at]) => before.get(unit) !== at);
      expect(restarted.map(([unit]) => unit)).toEqual(['chatmail-accounts.service']);
      const filterSays = () => onHost(relay, 'journalctl', '-b', '-u', 'chatmail-filter.service');
      const loaded = async () => (await filterSays()).includes('configuration loaded again');
      await vi.waitUntil(loaded, { timeout: 30_000, interval: 500 });
      expect(await onHost(relay, 'cat', '/etc/chatmail/chatmail.ini')).toContain('= 61');
    } finally {
      await rm(folder, { recursive: true });
      await cmdeploy(['run', '--config', relay.config]);
    }
    await expectToWork(relay);
  });

  test.sequential('heals what was stopped, edited, deleted and removed by hand', async () => {
    await shellOnHost(
      relay,
      `systemctl stop dovecot
       systemctl disable --now chatmail-filter.service
       echo '# edited by hand' >> /etc/opendkim.conf
       chmod 600 /etc/postfix/main.cf
       rm /etc/nginx/nginx.conf
       DEBIAN_FRONTEND=noninteractive apt-get remove -qq unbound >/dev/null 2>&1`,
    );
    const { code } = await deploy(relay);
    expect(code).toBe(0);
    await expectToWork(relay);
  });

  test.sequential('a run whose operator is cut off is completed by the next', async () => {
    await shellOnHost(
      relay,
      'echo "# edited" >> /etc/postfix/main.cf; rm /etc/dovecot/dovecot.conf',
    );
    for (const delayMs of [300, 900, 2000]) {
      const cutOff = new AbortController();
      const running = tryCmdeploy(['run', '--config', relay.config], { signal: cutOff.signal });
      await sleep(delayMs);
      cutOff.abort();
      await running;
    }
    await heal(relay);
    await expectToWork(relay);
  });

  test.sequential('a run that is killed on the host is completed by the next', async () => {
    await shellOnHost(
      relay,
      `echo '# edited' | tee -a /etc/postfix/main.cf /etc/opendkim.conf /etc/nginx/nginx.conf >/dev/null
       systemctl stop dovecot`,
    );
    const running = deploy(relay);
    await shellOnHost(
      relay,
      `until systemctl is-active -q cmdeploy-apply.service; do sleep 0.05; done
       sleep 0.7
       systemctl kill --signal=KILL cmdeploy-apply.service || true`,
    );
    expect((await running).code).not.toBe(0);
    await heal(relay);
    await expectToWork(relay);
  });

  test.sequential('a lost connection is told, and the next run completes the work', async () => {
    await shellOnHost(relay, 'rm /etc/nginx/nginx.conf; echo "# edited" >> /etc/opendkim.conf');
    const running = deploy(relay);
    await sleep(900);
    // Not this session's own server process: its parent.
    await shellOnHost(
      relay,
      `for pid in $(pgrep -f '^sshd(-session)?: root@notty'); do
         [ "$pid" = "$(ps -o ppid= -p $$ | tr -d ' ')" ] || kill -KILL "$pid"
       done`,
    );
    await running;
    await heal(relay);
    await expectToWork(relay);
  });

  test.sequential('an ini with mistakes is refused before any connection', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cmdeploy-test-'));
    try {
      const config = join(folder, 'chatmail.ini');
      const mistakes = 'max_mailbox_siez = 5G\nmax_user_send_per_minute = many\n';
      await writeFile(config, `[params]\nmail_domain = ${relay.domain}\n${mistakes}`);
      const { code, stdout, stderr } = await tryCmdeploy(['run', '--config', config]);
      expect(code).toBe(2);
      expect(stdout).toBe('');
      expect(stderr).toMatch(/max_mailbox_siez/);
      expect(stderr).toMatch(/max_user_send_per_minute/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
