import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { cmdeploy, type LabHost, shellOnHost } from '../support/cmdeploy.ts';
import { downHost, upHost } from '../support/warm-host.ts';

const SWITCH_MS = 60_000;
/** A package is installed. */
const HEALING_MS = 300_000;
const LOCAL = 'nameserver 127.0.0.1';

/** The name servers of the lab, as the host has them before. */
const labResolver = ({ address }: LabHost): string => `nameserver ${address.replace(/\d+$/, '1')}`;

describe.concurrent.each([
  { name: 'names12', debian: 12 },
  { name: 'names13', debian: 13 },
] as const)('the resolver on Debian $debian', ({ name, debian }) => {
  let host: LabHost;
  const onHost = (script: string): Promise<string> => shellOnHost(host, script);
  const run = (): Promise<string> => cmdeploy(['run', '--config', host.config]);
  const resolvConf = (): Promise<string> => onHost('cat /etc/resolv.conf 2>/dev/null || true');
  /** By libc, past /etc/hosts. */
  const resolves = (): Promise<string> =>
    onHost(`getent -s hosts:dns ahostsv4 ${host.domain} | head -1`);

  beforeAll(async () => {
    host = await upHost(name, debian);
    // The bus has not seen the package's policy: overlays tell nobody of new files.
    await onHost(`apt-get update -qq
apt-get install -y -qq systemd-resolved libnss-resolve >/dev/null
mkdir -p /etc/systemd/resolved.conf.d
echo '[Resolve]
DNS=${labResolver(host).split(' ')[1]}' > /etc/systemd/resolved.conf.d/hoster.conf
ln -sfn /run/systemd/resolve/stub-resolv.conf /etc/resolv.conf
systemctl reload dbus
systemctl restart systemd-resolved`);
  });
  afterAll(() => downHost(host));

  test.sequential('replaces the link of systemd-resolved, which asks unbound as well', async () => {
    expect(await resolvConf()).toContain('nameserver 127.0.0.53');
    expect(await run()).not.toContain('WARNING');
    expect(await resolvConf()).toContain(LOCAL);
    expect(await onHost('resolvectl dns')).toMatch(/^Global: 127\.0\.0\.1$/m);
    expect(await onHost(`resolvectl query ${host.domain}`)).toContain(host.address);
    expect(await resolves()).toContain(host.address);
    expect(await run()).toContain('nothing to do');
  });

  test.sequential.each([
    [
      'a DHCP client replaces',
      'echo nameserver 192.0.2.1 > /etc/new; mv /etc/new /etc/resolv.conf',
    ],
    ['resolvconf writes', 'echo nameserver 192.0.2.1 > /etc/resolv.conf'],
    ['somebody links', 'ln -sfn /nonexistent /etc/resolv.conf'],
  ])('is the one again when %s the file', async (_, script) => {
    await onHost(script);
    const isLocal = async () => (await resolvConf()).includes(LOCAL);
    await vi.waitUntil(isLocal, { timeout: SWITCH_MS, interval: 300 });
    expect(await resolves()).toContain(host.address);
  });

  test.sequential('is the one again when both units see to it at once', async () => {
    await onHost(`systemctl stop chatmail-resolver-watch.path
echo ${labResolver(host)} > /etc/resolv.conf
systemctl restart chatmail-resolver.service & systemctl start chatmail-resolver-watch.service & wait
systemctl start chatmail-resolver-watch.path`);
    expect(await resolvConf()).toContain(LOCAL);
    expect(await run()).toContain('nothing to do');
  });

  test.sequential('a file that cannot be written is a warning', async () => {
    await onHost(`echo ${labResolver(host)} > /tmp/mounted
mount --bind /tmp/mounted /etc/resolv.conf
mount -o remount,ro,bind /etc/resolv.conf
systemctl restart chatmail-resolver`);
    expect(await run()).toContain('WARNING: /etc/resolv.conf cannot be written');
    expect(await resolves()).toContain(host.address);
    await onHost('umount /etc/resolv.conf');
    expect(await run()).not.toContain('WARNING');
  });

  test.sequential('a switch after which names do not resolve is taken back', async () => {
    // Stands for what cannot be foreseen: names resolve by unbound, but not by the new file.
    await onHost(`mkdir -p /opt/broken /run/systemd/system/chatmail-resolver.service.d
cat > /opt/broken/node <<'END'
#!/bin/sh
if [ "$2" = resolv.conf ] && grep -q '${LOCAL}' /etc/resolv.conf; then exit 0; fi
exec /usr/bin/node "$@"
END
chmod 755 /opt/broken/node
printf '[Service]\\nEnvironment=PATH=/opt/broken:/usr/sbin:/usr/bin\\n' > /run/systemd/system/chatmail-resolver.service.d/broken.conf
systemctl daemon-reload
systemctl stop chatmail-resolver-watch.path
echo ${labResolver(host)} > /etc/resolv.conf`);
    await onHost('systemctl restart chatmail-resolver');
    expect(await resolvConf()).toBe(`${labResolver(host)}\n`);
    expect(await resolves()).toContain(host.address);
    await onHost(`rm -r /opt/broken /run/systemd/system/chatmail-resolver.service.d
systemctl daemon-reload`);
    expect(await run()).not.toContain('WARNING');
    expect(await resolvConf()).toContain(LOCAL);
  });

  test.sequential('when unbound gets no answers, the host keeps the resolvers that it has', async () => {
    const lab = '/etc/unbound/unbound.conf.d/lab.conf';
    await onHost(`systemctl stop chatmail-resolver-watch.path
cp ${lab} /tmp/lab.conf
sed -i 's/stub-addr: .*/stub-addr: 192.0.2.1/' ${lab}
systemctl restart unbound
echo ${labResolver(host)} > /etc/resolv.conf`);
    await onHost('systemctl restart chatmail-resolver');
    expect(await resolvConf()).toBe(`${labResolver(host)}\n`);
    expect(await run()).toContain('does not resolve names, so /etc/resolv.conf stays as it is');
    expect(await resolvConf()).toBe(`${labResolver(host)}\n`);
    await onHost(`cp /tmp/lab.conf ${lab}; systemctl restart unbound`);
    expect(await run()).not.toContain('WARNING');
    expect(await resolvConf()).toContain(LOCAL);
  });

  test.sequential(
    'without unbound apt has the resolvers of before, and a run heals it',
    async () => {
      await onHost('apt-get remove -y -qq unbound >/dev/null');
      expect(await resolvConf()).toContain(LOCAL);
      await onHost('apt-get update -qq');
      expect(await resolvConf()).toBe(`${labResolver(host)}\n`);
      expect(await resolves()).toContain(host.address);
      expect(await run()).not.toContain('resolves no names');
      expect(await resolvConf()).toContain(LOCAL);
      expect(await run()).toContain('nothing to do');
    },
    HEALING_MS,
  );
});
