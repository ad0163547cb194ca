import { describe, expect, test } from 'vitest';
import { cmdeploy, type LabHost, shellOnHost } from '../support/cmdeploy.ts';
import { relays } from '../support/relays.ts';

const EDITED = '/etc/postfix/main.cf';
const SERVICES_OWN = [
  ...['/proc', '/sys', '/run', '/home/vmail', '/var/cache', '/var/log', '/var/spool'],
  ...['apt', 'chatmail-push', 'postfix', 'systemd', 'unbound'].map((name) => `/var/lib/${name}`),
];

/** Every file of the host, with its time and size, but those that services write by themselves. */
const files = (relay: LabHost): Promise<string> =>
  shellOnHost(
    relay,
    `find / -xdev \\( ${SERVICES_OWN.map((path) => `-path ${path}`).join(' -o ')} \\) -prune \\
       -o -type f -printf '%p %T@ %s\\n' | sort`,
  );

describe.concurrent.each(relays)('cmdeploy plan on Debian $debian', (relay) => {
  const plan = (...options: string[]) => cmdeploy(['plan', '--config', relay.config, ...options]);

  test.sequential('shows what a run would do, with a diff, and writes nothing', async () => {
    await cmdeploy(['run', '--config', relay.config]);
    const unchanged = await plan();
    expect(unchanged).toContain('nothing to do');
    expect(unchanged).toMatch(/^Interruption: none$/m);
    await shellOnHost(relay, `echo '# edited by hand' >> ${EDITED}`);
    const before = await files(relay);

    const text = await plan();
    expect(text).toContain(`~ change ${EDITED}`);
    expect(text).toMatch(/^-# edited by hand$/m);
    expect(text).toMatch(/^Interruption: none, connections stay; reloaded: postfix/m);
    const report = JSON.parse(await plan('--json'));
    expect(report).toMatchObject({ version: 1, interruption: { level: 'reload' } });
    expect(report.files).toMatchObject([{ path: EDITED, change: 'changed' }]);
    expect(await cmdeploy(['run', '--dry-run', '--config', relay.config])).toContain(
      '-# edited by hand',
    );

    expect(await files(relay)).toBe(before);
    await cmdeploy(['run', '--config', relay.config]);
    expect(await shellOnHost(relay, `cat ${EDITED}`)).not.toContain('edited by hand');
  });
});
