import { describe, expect, test, vi } from 'vitest';
import { type LabHost, onHost, shellOnHost } from '../support/cmdeploy.ts';
import { deliver } from '../support/delivery.ts';
import { waitForSource } from '../support/imap.ts';
import { pgpMime } from '../support/messages.ts';
import { newAccount, relays, submitting } from '../support/relays.ts';

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
    'chatmail-push.service',
    'chatmail-mxdeliv.service',
    'chatmail-mxsend.service',
  ];
}

/** Whether coturn relays on that UDP port while a call lasts, and some minutes longer (`turn_ports`). */
const isOfCall = (port: number): boolean => port >= 49_152 && port <= 49_663;

/** Kills each service's main process and waits until another one runs; says which stay away. */
const KILL_EACH = `
  main_process() {
    pid=$(systemctl show -p MainPID --value "$1")
    # Debian 12 starts Postfix by a script that systemd does not follow.
    if [ "$pid" = 0 ]; then pid=$(cat /var/spool/postfix/pid/master.pid); fi
    echo $pid
  }
  for unit in "$@"; do
    old=$(main_process "$unit")
    kill -KILL "$old"
    for attempt in $(seq 300); do
      sleep 0.2
      new=$(main_process "$unit" 2>/dev/null || true)
      if systemctl is-active -q "$unit" && [ -d "/proc/$new" ] && [ "$new" != "$old" ]; then
        continue 2
      fi
    done
    echo "$unit"
  done`;

describe.concurrent.each(relays)('services on Debian $debian', (relay) => {
  const services = servicesOf(relay);

  test.sequential('all run', async () => {
    const states = await onHost(relay, 'systemctl', 'is-active', ...services);
    expect(states.trim().split('\n')).toEqual(services.map(() => 'active'));
  });

  test.sequential('nothing has failed', async () => {
    expect(await onHost(relay, 'systemctl', '--failed', '--no-legend', '--plain')).toBe('');
  });

  test.sequential('only what strangers need listens to the network', async () => {
    const sockets = await onHost(relay, 'ss', '-Hltun');
    const open = sockets
      .split('\n')
      .map((line) => /^(tcp|udp)\s+\S+\s+\d+\s+\d+\s+(\S+):(\d+)\s/.exec(line))
      .filter((match) => match !== null)
      .filter(([, , address]) => !/^(127\.|\[::1\])/.test(address ?? ''))
      .filter(([, protocol, , port]) => protocol === 'tcp' || !isOfCall(Number(port)))
      .map(([, protocol, , port]) => `${protocol} ${port}`);
    const expected = [22, 25, 80, 143, 443, 465, 587, 993].map((port) => `tcp ${port}`);
    expect([...new Set(open)].sort()).toEqual([...expected, 'udp 3478'].sort());
  });

  test.sequential.each(
    ['filter', 'accounts', 'push', 'mxdeliv', 'mxsend'].map((name) => `chatmail-${name}.service`),
  )('%s is shut in', async (unit) => {
    const report = await shellOnHost(
      relay,
      `systemd-analyze security --no-pager ${unit} | tail -1`,
    );
    const exposure = Number(/: ([\d.]+)/.exec(report)?.[1]);
    console.log(`${relay.name} ${unit}: exposure ${exposure}`);
    expect(exposure).toBeLessThan(2.5);
  });

  test.sequential.each(['chatmail-filter', 'chatmail-push', 'chatmail-mxdeliv', 'chatmail-mxsend'])(
    '%s cannot read the mail store',
    async (user) => {
      const attempt = `runuser -u ${user} -- ls /home/vmail/mail 2>&1 || true`;
      expect(await shellOnHost(relay, attempt)).toContain('Permission denied');
    },
  );

  test.sequential('each comes back when it is killed', async () => {
    const script = `set -- ${services.join(' ')}\n${KILL_EACH}`;
    expect(await shellOnHost(relay, script)).toBe('');
  });

  test.sequential('mail flows after all of that', async () => {
    const attempt = async () => {
      const login = await newAccount(relay);
      const { id, source } = await pgpMime({ from: login.address, to: login.address });
      const { code } = await submitting(relay, login, (session) =>
        deliver(session, { from: login.address, to: [login.address] }, source),
      );
      expect(code).toBe(250);
      return { login, id };
    };
    const { login, id } = await vi.waitFor(attempt, { timeout: 60_000, interval: 1500 });
    await waitForSource(relay, login, id);
  });
});
