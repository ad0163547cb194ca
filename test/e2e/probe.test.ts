import { appendFile, cp, rm } from 'node:fs/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { PROBE_COMMAND, type ProbeReport, parseProbeReport } from '../../src/health/probe.ts';
import { quote } from '../../src/host/quote.ts';
import { type LabHost, shellOnHost, tryCmdeploy } from '../support/cmdeploy.ts';
import { relays } from '../support/relays.ts';

const PROBE = quote(PROBE_COMMAND);
const FILTER =
  'chatmail-filter-incoming.socket chatmail-filter-outgoing.socket chatmail-filter.service';
const ACCOUNTS =
  'chatmail-accounts-auth.socket chatmail-accounts-http.socket chatmail-accounts.service';

/** Every step of a probe, in order. */
const STEPS = [
  ...['chatmail-filter-incoming', 'chatmail-filter-outgoing', 'opendkim'],
  ...[25, 465, 587, 143, 993, 443, 80].map((port) => `port-${port}`),
  ...['certificate', 'new', 'accounts', 'imap-login', 'submission-login', 'idle'],
  ...['submission', 'delivery', 'message', 'removal'],
];

/**
 * Runs a script on the host that prints what probes print. It may use `probe`, which always succeeds,
 * and must leave the accounts, what probes note of them, and the queue as they were.
 */
async function reports(relay: LabHost, script: string): Promise<readonly ProbeReport[]> {
  const output = await shellOnHost(
    relay,
    `mail=/home/vmail/mail/${relay.domain}
     traces() { ls -A $mail /var/lib/cmdeploy/probes; postqueue -j; }
     probe() { ${PROBE} || true; }
     before=$(traces)
     ${script}
     after=$(traces)
     [ "$after" = "$before" ] || { printf 'left behind:\\n%s\\n' "$after" >&2; exit 1; }`,
  );
  return output
    .trim()
    .split('\n')
    .map((line) => {
      const report = parseProbeReport(line);
      if (!report) throw new Error(`A probe printed: ${line}`);
      return report;
    });
}

const failures = (probes: readonly ProbeReport[]) =>
  probes.flatMap(({ steps }) => steps.filter(({ ok }) => !ok));

describe.each(relays)('probe of a relay on Debian $debian', (relay) => {
  test('one that is well', async () => {
    const [report, ...more] = await reports(relay, 'probe');
    expect(more).toEqual([]);
    expect(report).toMatchObject({ ok: true, notes: [], deliveryMs: expect.any(Number) });
    expect(report?.steps.filter(({ ok }) => ok).map(({ name }) => name)).toEqual(STEPS);
    console.log(`${relay.name}: probed in ${report?.ms} ms, delivery ${report?.deliveryMs} ms`);
  });

  test.each([
    ['Dovecot', 'dovecot', /^port-(143|993)$/],
    ['OpenDKIM', 'opendkim', /^opendkim$/],
    ['the filter', FILTER, /^chatmail-filter-/],
    ['nginx', 'nginx', /^port-(443|80)$/],
    ['Postfix', relay.debian === 12 ? 'postfix@-' : 'postfix', /^port-(25|465|587)$/],
    ['the accounts service', ACCOUNTS, /^new$/],
  ])('%s stopped', async (_, units, expected) => {
    // Daemons that were started a moment ago may need another.
    const probes = await reports(
      relay,
      `trap 'systemctl start ${units}' EXIT
       systemctl stop ${units}
       probe
       systemctl start ${units}
       for i in $(seq 60); do ! last=$(${PROBE}) || break; sleep 0.5; done
       echo "$last"`,
    );
    expect(probes.map(({ ok }) => ok)).toEqual([false, true]);
    const [first] = failures(probes);
    expect(first?.name).toMatch(expected);
    expect(first?.error).toContain('systemctl status');
  });

  test('no accounts are made: it makes its own', async () => {
    const switchedOff = `trap 'rm /etc/chatmail-nocreate' EXIT
      touch /etc/chatmail-nocreate`;
    const probes = await reports(relay, `${switchedOff}\nprobe`);
    expect(failures(probes)).toEqual([]);
    expect(probes[0]?.notes[0]).toContain('account creation is switched off');
  });

  test('one that was killed: the next one clears up after it', async () => {
    const probes = await reports(
      relay,
      `count() { ls $mail | wc -l; }
       accounts=$(count)
       ${PROBE} > /dev/null & victim=$!
       for i in $(seq 600); do [ "$(count)" -lt $((accounts + 2)) ] || break; sleep 0.02; done
       kill -9 $victim
       wait $victim || true
       [ "$(count)" -gt "$accounts" ]
       probe`,
    );
    expect(failures(probes)).toEqual([]);
  });

  test('a deploy after which no message gets through is undone', async () => {
    const config = `${relay.config}.too-small`;
    onTestFinished(() => rm(config, { force: true }));
    await cp(relay.config, config);
    await appendFile(config, '\nmax_message_size = 500\n');
    const { code, stderr } = await tryCmdeploy(['run', '--config', config]);
    expect(stderr).toMatch(/^ *submission: its answer to the message was 552 /m);
    expect(code).toBe(5);
    const [limit, ...probes] = (
      await shellOnHost(relay, `postconf -h message_size_limit\n${PROBE}`)
    ).split('\n');
    expect(limit).toBe('31457280');
    expect(parseProbeReport(probes.join('\n'))?.ok).toBe(true);
  });

  test('three at once', async () => {
    const probes = await reports(relay, 'probe & probe & probe & wait');
    expect(probes).toHaveLength(3);
    expect(failures(probes)).toEqual([]);
  });
});
