import { describe, expect, test } from 'vitest';
import { shellOnHost } from '../support/cmdeploy.ts';
import { relays } from '../support/relays.ts';

/** Puts a copy of a library of opendkim in its place, as an upgrade does; says what was restarted. */
const REPLACE_LIBRARY = `
  processes() {
    for unit in dovecot nginx opendkim unbound; do
      echo "$unit $(systemctl show -p MainPID --value $unit.service)"
    done
  }
  before=$(processes)
  library=$(readlink -f "$(ldd /usr/sbin/opendkim | grep -o '/[^ ]*libopendkim[^ ]*')")
  cp -p "$library" "$library.new"
  mv "$library.new" "$library"
  mkdir -p /run/needrestart
  touch /run/needrestart/unpacked
  DEBIAN_FRONTEND=noninteractive /usr/lib/needrestart/apt-pinvoke > /dev/null 2>&1
  processes | grep -vxF "$before" | cut -d ' ' -f 1`;

describe.each(relays)('updates on Debian $debian', (relay) => {
  test('are looked for and installed every day', async () => {
    const timers = await shellOnHost(
      relay,
      `systemctl is-active apt-daily.timer apt-daily-upgrade.timer
       systemctl is-enabled apt-daily.timer apt-daily-upgrade.timer`,
    );
    expect(timers).toBe('active\nactive\nenabled\nenabled\n');
  });

  test('include packages whose configuration files are ours', async () => {
    const output = await shellOnHost(relay, 'unattended-upgrade --dry-run --debug 2>&1');
    expect(output).toContain('label=Debian-Security');
    expect(output).toContain('dpkg is configured not to cause conffile prompts');
    expect(output).not.toMatch(/^(E:|Traceback)/m);
  });

  test('restart what uses a replaced library, and nothing else', async () => {
    expect(await shellOnHost(relay, REPLACE_LIBRARY)).toBe('opendkim\n');
  });
});
