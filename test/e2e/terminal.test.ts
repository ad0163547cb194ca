/** An operator at a terminal: the question, and Ctrl-C while the host is being changed. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CMDEPLOY, cmdeploy, onHost, shellOnHost } from '../support/cmdeploy.ts';
import { onTerminal } from '../support/pty.ts';
import { relays } from '../support/relays.ts';

const CTRL_C = '\u0003';
const STAMP = '/var/lib/cmdeploy/stamps/dovecot.service';
const EDITED = '/etc/postfix/main.cf';
const SLOW = 'chatmail-filter.service';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cmdeploy-terminal-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(relays)('an operator at a terminal, Debian $debian', (relay) => {
  const run = (...options: string[]) =>
    onTerminal([process.execPath, CMDEPLOY, 'run', '--config', relay.config, ...options]);
  const deploy = () => cmdeploy(['run', '--config', relay.config]);
  const pidOf = (unit: string) =>
    onHost(relay, 'systemctl', 'show', '--property=MainPID', '--value', unit);
  /** As after an upgrade of the package: the next run restarts the unit. */
  const makeStale = (stamp: string) => shellOnHost(relay, `sed -i '$ s/\\t.*/\\tolder/' ${stamp}`);

  afterEach(async () => {
    await shellOnHost(relay, `rm -rf /run/systemd/system/${SLOW}.d; systemctl daemon-reload`);
    await deploy();
  });

  test('asks before people are disconnected; without a yes nothing happens', async () => {
    await makeStale(STAMP);
    const before = await pidOf('dovecot.service');
    for (const keys of ['no\r', CTRL_C]) {
      const terminal = run();
      await terminal.waitFor(/This restarts dovecot\.service: people are disconnected/);
      await terminal.waitFor(/Go on \(yes\/no\)\? /);
      terminal.type(keys);
      expect(await terminal.ended).toBe(130);
      expect(terminal.output()).toMatch(/nothing was changed/);
    }
    expect(await pidOf('dovecot.service')).toBe(before);

    const agreed = run();
    await agreed.waitFor(/Go on \(yes\/no\)\? /);
    agreed.type('yes\r');
    expect(await agreed.ended).toBe(0);
    expect(agreed.output()).toMatch(/restarted 1 service: dovecot\.service/);
    expect(await pidOf('dovecot.service')).not.toBe(before);

    await makeStale(STAMP);
    const forced = run('--yes');
    expect(await forced.ended).toBe(0);
    expect(forced.output()).not.toContain('Go on');
  });

  test('Ctrl-C while the host is being changed: what was done is undone', async () => {
    await makeStale(`/var/lib/cmdeploy/stamps/${SLOW}`);
    await shellOnHost(
      relay,
      `mkdir -p /run/systemd/system/${SLOW}.d
printf '[Service]\\nExecStartPre=+/bin/sleep 4\\n' > /run/systemd/system/${SLOW}.d/slow.conf
systemctl daemon-reload
echo '# edited by hand' >> ${EDITED}`,
    );
    const log = join(folder, relay.name);
    const terminal = run('--log', log);
    await terminal.waitFor(new RegExp(`\\d/\\d restart ${SLOW}`));
    terminal.type(CTRL_C);
    expect(await terminal.ended).toBe(130);
    expect(terminal.output()).toMatch(/Stopping/);
    expect(await onHost(relay, 'tail', '-n', '1', EDITED)).toBe('# edited by hand\n');
    expect(readFileSync(log, 'utf8')).toMatch(/stopping[\s\S]*exit code 130\n$/);
    expect(statSync(log).mode & 0o777).toBe(0o600);
  });
});
