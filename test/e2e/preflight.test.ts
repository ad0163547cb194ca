import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cmdeploy, type LabHost, shellOnHost, tryCmdeploy } from '../support/cmdeploy.ts';
import { newAccount, relays } from '../support/relays.ts';
import { downHost, upHost } from '../support/warm-host.ts';

const REFUSED = 4;
/** One of those to whose port 25 a relay tries to connect. */
const MAIL_SERVER = 'gmail-smtp-in.l.google.com';

describe.concurrent.each([
  { name: 'bare12', debian: 12 },
  { name: 'bare13', debian: 13 },
] as const)('before a first deploy to Debian $debian', ({ name, debian }) => {
  let host: LabHost;
  const onHost = (script: string): Promise<string> => shellOnHost(host, script);
  const plan = (...options: string[]) => tryCmdeploy(['plan', '--config', host.config, ...options]);

  beforeAll(async () => {
    host = await upHost(name, debian);
  });
  afterAll(() => downHost(host));

  test.sequential("packages as Debian brings them are nobody's configuration", async () => {
    const { code, stdout, stderr } = await plan();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).not.toContain('WARNING');
  });

  test.sequential('all that is in the way is listed at once, with its fix', async () => {
    await onHost(`cp -a /etc/postfix/main.cf /root/main.cf
echo 'virtual_alias_maps = hash:/etc/postfix/virtual' >> /etc/postfix/main.cf
echo 'server { listen 80; }' > /etc/nginx/conf.d/blog.conf
mkdir -p /home/vmail/mail/old.test/alice@old.test
printf '[Service]\\nExecStart=/bin/true\\n[Install]\\nWantedBy=multi-user.target\\n' > /etc/systemd/system/caddy.service
systemctl enable --quiet caddy.service
mount -t tmpfs -o size=10m,nr_inodes=500 tmpfs /var/opt
mount --bind /var/opt /var`);
    const run = await tryCmdeploy(['run', '--config', host.config]);
    await onHost('umount --lazy /var; umount /var/opt');
    expect(run.code).toBe(REFUSED);
    expect(run.stderr).toMatch(/somebody set up \/etc\/postfix\/main\.cf here/);
    expect(run.stderr).toMatch(/nginx has another site, \/etc\/nginx\/conf\.d\/blog\.conf/);
    expect(run.stderr).toMatch(/\/home\/vmail\/mail\/old\.test holds accounts \(1\)/);
    expect(run.stderr).toMatch(/caddy\.service starts at boot/);
    expect(run.stderr).toMatch(/\/var has \d+ MiB free, 1024 MiB are needed/);
    expect(run.stderr).toMatch(/\/var has room for \d+ more files \(inodes\), 20000 are needed/);
    expect(run.stderr).toMatch(/--replace-configuration/);
    expect(run.stderr).toMatch(/--change-domain/);
  });

  test.sequential('each of two options allows what it names, and no more', async () => {
    await onHost('systemctl disable --quiet caddy.service');
    const json = await plan('--replace-configuration', '--json');
    expect(json.code).toBe(REFUSED);
    expect(JSON.parse(json.stdout)).toMatchObject({
      version: 1,
      outcome: 'refused',
      errors: [{ level: 'error', fix: expect.stringContaining('--change-domain') }],
    });
    const domain = await plan('--replace-configuration');
    expect(domain.code).toBe(REFUSED);
    expect(domain.stderr).toContain('--change-domain');
    expect(domain.stderr).not.toContain('somebody set up');
    const configuration = await plan('--change-domain');
    expect(configuration.code).toBe(REFUSED);
    expect(configuration.stderr).toContain('somebody set up');
    expect(configuration.stderr).not.toContain('holds accounts');
    expect((await plan('--replace-configuration', '--change-domain')).code).toBe(0);
    await onHost(`cp -a /root/main.cf /etc/postfix/main.cf
rm -r /etc/nginx/conf.d/blog.conf /home/vmail`);
    expect((await plan()).code).toBe(0);
  });

  test.sequential('a mail server that runs already is not taken over unasked', async () => {
    await onHost('systemctl start postfix');
    const refused = await plan();
    expect(refused.code).toBe(REFUSED);
    expect(refused.stderr).toMatch(/port 25\/tcp is served by postfix.*, which cmdeploy did not/);
    expect((await plan('--replace-configuration')).code).toBe(0);
    await onHost('systemctl stop postfix');
  });

  /** Where the name of the mail server leads to on the host. */
  const leadTo = (address: string): Promise<string> =>
    onHost(`sed -i '/${MAIL_SERVER}/d' /etc/hosts; echo '${address} ${MAIL_SERVER}' >> /etc/hosts`);
  const warnings = async (): Promise<unknown> => JSON.parse((await plan('--json')).stdout).warnings;

  test.sequential('port 25 of others is told apart: refused, filtered, fine', async () => {
    await leadTo(host.address);
    expect(await warnings()).toMatchObject([
      { level: 'warning', what: expect.stringMatching(/port 25 .* refused: .*Connection refused/) },
    ]);
    // Frames to a machine that nobody is.
    const nobody = host.address.replace(/\d+$/, '250');
    await onHost(`ip neighbour replace ${nobody} lladdr 02:00:00:00:00:01 dev host0`);
    await leadTo(nobody);
    const [before = '', after] = (await plan()).stdout.split('steps\n');
    expect(before).toMatch(/WARNING: connections to port 25 .* filtered: no answer from/);
    expect(before).toMatch(/ask the hoster/);
    expect(after).not.toMatch(/WARNING/);
    await leadTo(relays[0]?.address ?? '');
    expect(await warnings()).toEqual([]);
  });

  test.sequential('without names no packages are found', async () => {
    await onHost('cp /etc/resolv.conf /root/; echo nameserver 127.0.0.1 > /etc/resolv.conf');
    const { stdout } = await plan();
    expect(stdout).toMatch(/WARNING: it resolves no names: no good answer from 127\.0\.0\.1/);
    await onHost('cat /root/resolv.conf > /etc/resolv.conf');
  });
});

describe.each(relays)('a changed mail_domain on Debian $debian', (relay) => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cmdeploy-test-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('is refused while the relay has accounts, unless it is asked for', async () => {
    await cmdeploy(['run', '--config', relay.config]);
    await newAccount(relay);
    const config = join(folder, 'chatmail.ini');
    await writeFile(config, '[params]\nmail_domain = _other.test\n');
    const plan = ['plan', '--host', relay.domain, '--config', config];
    const refused = await tryCmdeploy(plan);
    expect(refused.code).toBe(REFUSED);
    expect(refused.stderr).toContain(`/home/vmail/mail/${relay.domain} holds accounts`);
    expect(refused.stderr).toContain('put the former mail_domain back, or allow it');
    expect(await cmdeploy([...plan, '--change-domain'])).toContain('_other.test');
    expect(await cmdeploy(['run', '--config', relay.config])).toContain('nothing to do');
  });
});
