/** An operator at a terminal: the question, and Ctrl-C while the host is being changed. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CMDEPLOY, cmdeploy, onHost, shellOnHost } from '../support/cmdeploy.ts';
import { onTerminal } from '../support/pty.ts';
import { relays } from '../support/relays.ts';

const CTRL_C = '\u0003';
const STAMP = '/var/lib/cmdeploy/stamps/dovecot.service';
const LIMIT = 12_345_678;
const SLOW = 'chatmail-filter.service';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cmdeploy-terminal-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.concurrent.each(relays)('an operator at a terminal, Debian $debian', (relay) => {
  const runWith = (config: string, ...options: string[]) =>
    onTerminal([process.execPath, CMDEPLOY, 'run', '--config', config, ...options]);
  const run = () => runWith(relay.config);
  const limit = () => onHost(relay, 'postconf', '-h', 'message_size_limit');
  const pidOf = (unit: string) =>
    onHost(relay, 'systemctl', 'show', '--property=MainPID', '--value', unit);
  /** As after an upgrade of the package: the next run restarts the unit. */
  const makeStale = (stamp: string) => shellOnHost(relay, `sed -i '$ s/\\t.*/\\tolder/' ${stamp}`);

  test.sequential('asks before people are disconnected; without a yes nothing happens', async () => {
    await makeStale(STAMP);
    const before = await pidOf('dovecot.service');
    const refused = run();
    await refused.waitFor(/This restarts dovecot\.service: people are disconnected/);
    await refused.waitFor(/Go on \(yes\/no\)\? /);
    refused.type(CTRL_C);
    expect(await refused.ended).toBe(130);
    expect(refused.output()).toMatch(/nothing was changed/);
    expect(await pidOf('dovecot.service')).toBe(before);

    const agreed = run();
    await agreed.waitFor(/Go on \(yes\/no\)\? /);
    agreed.type('yes\r');
    expect(await agreed.ended).toBe(0);
    expect(agreed.output()).toMatch(/restarted 1 service: dovecot\.service/);
    expect(await pidOf('dovecot.service')).not.toBe(before);
  });

  test.sequential('Ctrl-C while the host is being changed: what was done is undone', async () => {
    await makeStale(`/var/lib/cmdeploy/stamps/${SLOW}`);
    await shellOnHost(
      relay,
      `mkdir -p /run/systemd/system/${SLOW}.d
printf '[Service]\\nExecStartPre=+/bin/sleep 4\\n' > /run/systemd/system/${SLOW}.d/slow.conf
systemctl daemon-reload`,
    );
    const before = await limit();
    const changed = join(folder, `${relay.name}.ini`);
    const ini = readFileSync(relay.config, 'utf8').replace(/^#? *max_message_size *=.*$/gm, '');
    writeFileSync(changed, `${ini}\nmax_message_size = ${LIMIT}\n`);
    const log = join(folder, relay.name);
    const terminal = runWith(changed, '--log', log);
    await terminal.waitFor(new RegExp(`\\d/\\d+ restart ${SLOW}`));
    terminal.type(CTRL_C);
    expect(await terminal.ended).toBe(130);
    expect(terminal.output()).toMatch(/Stopping/);
    expect(await limit()).toBe(before);
    expect(readFileSync(log, 'utf8')).toMatch(/stopping[\s\S]*exit code 130\n$/);
    expect(statSync(log).mode & 0o777).toBe(0o600);

    await shellOnHost(relay, `rm -r /run/systemd/system/${SLOW}.d; systemctl daemon-reload`);
    await cmdeploy(['run', '--config', changed]);
    expect(await limit()).toBe(`${LIMIT}\n`);
    await cmdeploy(['run', '--config', relay.config]);
  });
});
