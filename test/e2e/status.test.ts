import { execa } from 'execa';
import { afterAll, describe, expect, type TestContext, test, vi } from 'vitest';
import type { Finding } from '../../src/health/finding.ts';
import {
  CMDEPLOY,
  cmdeploy,
  type LabHost,
  labHosts,
  shellOnHost,
  tryCmdeploy,
} from '../support/cmdeploy.ts';
import { deliver } from '../support/delivery.ts';
import { pgpMime } from '../support/messages.ts';
import { newAccount, peerOf, relays, submitting } from '../support/relays.ts';

interface Status {
  readonly code: number;
  readonly version: number;
  readonly state: string;
  readonly level: string;
  readonly items: readonly {
    readonly name: string;
    readonly level: string;
    readonly text: string;
    readonly findings: readonly Finding[];
  }[];
  readonly facts: {
    readonly queue?: { readonly messages: number };
    readonly accounts?: { readonly total: number };
    readonly runs: readonly { readonly result?: string; readonly who?: string }[];
  };
}

async function look(config: string, ...options: readonly string[]): Promise<Status> {
  const args = ['status', '--json', '--config', config, ...options];
  const { code, stdout, stderr } = await tryCmdeploy(args);
  if (stdout === '') throw new Error(`status printed nothing, exit code ${code}.\n${stderr}`);
  return { ...(JSON.parse(stdout) as Status), code };
}

/** What is said of an item. */
function findingsOf({ items }: Status, name: string): readonly Finding[] {
  return items.find((item) => item.name === name)?.findings ?? [];
}

const textOf = ({ items }: Status, name: string): string =>
  items.find((item) => item.name === name)?.text ?? '';

const PATIENCE = { timeout: 100_000, interval: 1000 };
const MACHINE = ['disk', 'memory', 'load', 'updates', 'clock'];
const OVERRIDE = '/run/systemd/system/opendkim.service.d';
const NGINX = '/etc/nginx/nginx.conf';

/** An address of the lab's network that no host has. */
const nobody = ({ address }: LabHost): string => `x@[${address.replace(/\d+$/, '250')}]`;

/** Undoes at the end of a test what it did to a relay. */
function restoreAfterwards(relay: LabHost, { onTestFinished }: TestContext): void {
  onTestFinished(async () => {
    await shellOnHost(
      relay,
      `rm -rf ${OVERRIDE}
       [ ! -e ${NGINX}.before ] || mv ${NGINX}.before ${NGINX}
       systemctl daemon-reload
       systemctl reset-failed
       systemctl start opendkim
       until [ -S /run/opendkim/opendkim.sock ]; do sleep 0.1; done
       postqueue -j | sed -n 's/.*"queue_id": "\\([0-9A-Za-z]*\\)".*/\\1/p' | postsuper -d - 2>&1`,
    );
  });
}

describe.concurrent.each(relays)('status of a relay on Debian $debian', (relay) => {
  test.sequential('one that is well', async () => {
    // The machine that carries the lab may be busy: then it is short of something, or slow.
    const status = await vi.waitFor(async () => {
      const seen = await look(relay.config);
      const ills = seen.items.filter(({ level }) => level !== 'ok').map(({ name }) => name);
      expect(ills.filter((name) => !MACHINE.includes(name))).toEqual([]);
      return seen;
    }, PATIENCE);
    expect(status).toMatchObject({ version: 1, state: 'complete' });
    expect(status.code).toBe(status.level === 'ok' ? 0 : 1);
    expect(status.facts.runs).toContainEqual(
      expect.objectContaining({ result: 'deployed', who: expect.any(String) }),
    );
    expect(textOf(status, 'deployed')).toMatch(/^\d+\.\d+\.\d+, generation \d+, .* by .+@/);
    expect(textOf(status, 'delivery')).toMatch(/^a message took \d+\.\d s from one account/);
    expect(textOf(status, 'dns')).toMatch(/^\d+ of \d+ records right, by 1 server/);
    expect(textOf(status, 'deletion')).toMatch(/next 20\d\d-/);
    expect(textOf(status, 'push')).toBe('nothing waits');
  });

  test.sequential('the probe of a look leaves no account and is not counted as one', async () => {
    const before = await look(relay.config);
    const after = await look(relay.config);
    expect(after.facts.accounts?.total).toBe(before.facts.accounts?.total);
    expect(await shellOnHost(relay, 'ls /var/lib/cmdeploy/probes')).toBe('');
  });

  test.sequential('Ctrl-C ends it with a message; the host removes the accounts of the probe', async ({
    onTestFinished,
  }) => {
    const probes = '/var/lib/cmdeploy/probes';
    const accounts = `ls /home/vmail/mail/${relay.domain}`;
    onTestFinished(async () => {
      await shellOnHost(relay, 'kill -CONT $(pidof qmgr)');
    });
    const before = await shellOnHost(relay, accounts);
    // Holds the probe's message up.
    await shellOnHost(relay, 'kill -STOP $(pidof qmgr)');
    // Begun before: its own connection takes time.
    const probing = shellOnHost(relay, `until [ "$(ls ${probes})" ]; do sleep 0.1; done`);
    const args = [CMDEPLOY, 'status', '--config', relay.config];
    const looking = execa(process.execPath, args, { reject: false, stdin: 'ignore' });
    await probing;
    looking.kill('SIGINT');
    const { exitCode, stdout, stderr } = await looking;
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 130,
      stdout: '',
      stderr: 'Stopped. The host removes the accounts of the probe by itself.',
    });
    await shellOnHost(relay, 'kill -CONT $(pidof qmgr)');
    await shellOnHost(relay, `until [ -z "$(ls ${probes})" ]; do sleep 0.1; done`);
    expect(await shellOnHost(relay, accounts)).toBe(before);
  });

  test.sequential('is read by grep', async () => {
    const { stdout } = await tryCmdeploy(['status', '--config', relay.config]);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.filter((line) => /^[a-z]+: +(OK|WARN|FAIL) /.test(line)).length).toBeGreaterThan(
      15,
    );
    expect(lines.filter((line) => line.startsWith('units:'))).toHaveLength(1);
    expect(stdout).not.toContain('\u001b');
  });

  test.sequential('a masked unit, and a relay through which no message gets', async ({
    onTestFinished,
  }) => {
    onTestFinished(async () => {
      await shellOnHost(
        relay,
        `systemctl unmask --runtime dovecot.service dovecot.socket 2>&1 || true
         systemctl start dovecot
         postqueue -j | sed -n 's/.*"queue_id": "\\([0-9A-Za-z]*\\)".*/\\1/p' | postsuper -d - 2>&1`,
      );
    });
    await shellOnHost(relay, 'systemctl mask --runtime --now dovecot.service dovecot.socket 2>&1');
    const status = await look(relay.config);
    expect(status).toMatchObject({ code: 2, level: 'error' });
    expect(findingsOf(status, 'units')[0]?.what).toBe(
      'dovecot.service was stopped by hand and masked',
    );
    expect(textOf(status, 'delivery')).toMatch(/^fails: .*port-993/);
    expect(findingsOf(status, 'ports')[0]?.what).toContain('143 993');
  });

  test.sequential('half deployed: a run that a power cut has ended', async ({ onTestFinished }) => {
    onTestFinished(async () => {
      await shellOnHost(relay, 'rm -f /var/lib/cmdeploy/current');
    });
    await shellOnHost(relay, 'cp /var/lib/cmdeploy/last-run /var/lib/cmdeploy/current');
    const status = await look(relay.config);
    expect(status).toMatchObject({ state: 'half' });
    expect(textOf(status, 'deployed')).toContain('half: the run of ');
  });

  test.sequential('a unit that was stopped, a file that was edited', async (context) => {
    restoreAfterwards(relay, context);
    await shellOnHost(
      relay,
      `systemctl stop opendkim
       cp -p ${NGINX} ${NGINX}.before
       echo '# mine' >> ${NGINX}`,
    );
    const status = await look(relay.config);
    expect(status).toMatchObject({ code: 2, level: 'error', state: 'stopped' });
    expect(findingsOf(status, 'units')).toEqual([
      expect.objectContaining({
        level: 'error',
        what: expect.stringMatching(/^opendkim.service was stopped by hand \d+ \w+ ago$/),
      }),
    ]);
    expect(findingsOf(status, 'drift')).toEqual([
      expect.objectContaining({
        level: 'warning',
        what: `changed on the host since the last run: ${NGINX}`,
      }),
    ]);
  });

  test.sequential('a unit that failed, a message that waits', async (context) => {
    restoreAfterwards(relay, context);
    const login = await newAccount(relay);
    const to = nobody(relay);
    const { source } = await pgpMime({ from: login.address, to });
    const { code } = await submitting(relay, login, (session) =>
      deliver(session, { from: login.address, to: [to] }, source),
    );
    expect(code).toBe(250);
    await shellOnHost(
      relay,
      `mkdir -p ${OVERRIDE}
       printf '[Service]\\nType=simple\\nRestart=no\\nExecStart=\\nExecStart=/bin/false\\nExecStartPost=\\n' > ${OVERRIDE}/test.conf
       systemctl daemon-reload
       systemctl restart opendkim || true
       until systemctl is-failed -q opendkim; do sleep 0.1; done`,
    );
    const status = await look(relay.config);
    expect(status).toMatchObject({ code: 2, state: 'complete', facts: { queue: { messages: 1 } } });
    const [finding] = findingsOf(status, 'units');
    expect(finding).toMatchObject({ level: 'error', what: 'opendkim.service failed' });
    expect(finding?.log?.join('\n')).toContain('status=1/FAILURE');
    expect(status.items.find(({ name }) => name === 'queue')?.text).toMatch(/^1 message, /);
  });

  test.sequential('another machine', async () => {
    const peer = peerOf(relay);
    const status = await look(relay.config, '--host', peer.domain);
    expect(status).toMatchObject({ code: 2, state: 'other-relay' });
    expect(findingsOf(status, 'deployed')[0]?.what).toContain(peer.domain);
  });
});

describe('status', () => {
  const BARE = 'bare';
  afterAll(() => cmdeploy(['lab', 'down', BARE]));

  test('of a host that was never deployed', async () => {
    await cmdeploy(['lab', 'up', BARE]);
    const bare = (await labHosts()).find(({ name }) => name === BARE);
    const status = await look(bare?.config ?? '');
    expect(status).toMatchObject({ code: 2, state: 'never' });
    expect(status.items.map(({ name }) => name)).toEqual(['deployed', ...MACHINE]);
  });

  test('of a host that cannot be reached', async () => {
    const [relay] = relays;
    const options = ['--config', relay?.config ?? '', '--host', '127.0.0.1', '--ssh-port', '1'];
    const { code, stdout, stderr } = await tryCmdeploy(['status', ...options]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain('refused');
  });

  test('--watch ends with Ctrl-C and the exit code of the last look', async () => {
    const [relay] = relays;
    const args = [CMDEPLOY, 'status', '--watch', '--config', relay?.config ?? ''];
    const watching = execa(process.execPath, args, { reject: false, stdin: 'ignore' });
    const output = watching.stdout;
    await new Promise<void>((resolve) => {
      output.on('data', (text) => (String(text).includes('clock:') ? resolve() : undefined));
      output.on('end', resolve);
    });
    watching.kill('SIGINT');
    const { exitCode, signal, stdout } = await watching;
    expect(signal).toBeUndefined();
    expect([0, 1], stdout).toContain(exitCode);
    expect(stdout).toMatch(/^units: {7}OK {3}/m);
  });
});
