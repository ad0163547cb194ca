import { appendFile, cp, rm } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
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
 * and must leave the accounts and what probes note of them as they were, and nothing in the queue.
 */
async function reports(relay: LabHost, script: string): Promise<readonly ProbeReport[]> {
  const output = await shellOnHost(
    relay,
    `mail=/home/vmail/mail/${relay.domain}
     accounts() { ls -A $mail /var/lib/cmdeploy/probes; }
     queue() { postqueue -j | grep -o '"queue_id": "[^"]*"' || true; }
     probe() { ${PROBE} || true; }
     before=$(accounts)
     queued=$(queue)
     ${script}
     after=$(accounts)
     [ "$after" = "$before" ] || { printf 'left behind:\\n%s\\n' "$after" >&2; exit 1; }
     # Mail of others may leave the queue meanwhile.
     left=$(queue | grep -vxF "$queued" || true)
     [ -z "$left" ] || { printf 'left in the queue:\\n%s\\n' "$left" >&2; exit 1; }`,
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

/** Both relays at the same time: most of a probe is waiting. */
async function onEach(work: (relay: LabHost) => Promise<void>): Promise<void> {
  const fail = (relay: LabHost, cause: unknown): never => {
    throw new Error(`On ${relay.name}: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  };
  const results = await Promise.allSettled(
    relays.map((relay) => work(relay).catch((error: unknown) => fail(relay, error))),
  );
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

const postfix = ({ debian }: LabHost): string => (debian === 12 ? 'postfix@-' : 'postfix');

describe('probe', () => {
  test('of a relay that is well', () =>
    onEach(async (relay) => {
      const [report, ...more] = await reports(relay, 'probe');
      expect(more).toEqual([]);
      expect(report).toMatchObject({ ok: true, notes: [], deliveryMs: expect.any(Number) });
      expect(report?.steps.filter(({ ok }) => ok).map(({ name }) => name)).toEqual(STEPS);
      console.log(`${relay.name}: probed in ${report?.ms} ms, delivery ${report?.deliveryMs} ms`);
    }));

  test.each<[string, (relay: LabHost) => string, RegExp]>([
    ['Dovecot', () => 'dovecot', /^port-(143|993)$/],
    ['OpenDKIM', () => 'opendkim', /^opendkim$/],
    ['the filter', () => FILTER, /^chatmail-filter-/],
    ['nginx', () => 'nginx', /^port-(443|80)$/],
    ['Postfix', postfix, /^port-(25|465|587)$/],
    ['the accounts service', () => ACCOUNTS, /^new$/],
  ])('with %s stopped', (_, unitsOf, expected) =>
    onEach(async (relay) => {
      const units = unitsOf(relay);
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
    }),
  );

  test('while no accounts are made: it makes its own', () =>
    onEach(async (relay) => {
      const switchedOff = `trap 'rm /etc/chatmail-nocreate' EXIT
        touch /etc/chatmail-nocreate`;
      const probes = await reports(relay, `${switchedOff}\nprobe`);
      expect(failures(probes)).toEqual([]);
      expect(probes[0]?.notes[0]).toContain('account creation is switched off');
    }));

  test('while the relay stops making accounts in its middle: it makes the rest', () =>
    onEach(async (relay) => {
      // The probe notes its accounts between asking for them and their first logins.
      const probes = await reports(
        relay,
        `trap 'rm -f /etc/chatmail-nocreate' EXIT
         for i in $(seq 5); do
           probe > /tmp/probe.json & running=$!
           for j in $(seq 2000); do
             [ -z "$(ls -A /var/lib/cmdeploy/probes)" ] || break
             sleep 0.01
           done
           touch /etc/chatmail-nocreate
           wait $running
           rm /etc/chatmail-nocreate
           cat /tmp/probe.json
           ! grep -q 'switched off' /tmp/probe.json || break
         done
         rm /tmp/probe.json`,
      );
      expect(failures(probes)).toEqual([]);
      expect(probes.at(-1)?.notes[0]).toContain('account creation is switched off');
    }));

  test('that was killed: the next one clears up after it', () =>
    onEach(async (relay) => {
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
    }));

  test('three at once', () =>
    onEach(async (relay) => {
      const probes = await reports(relay, 'probe & probe & probe & wait');
      expect(probes).toHaveLength(3);
      expect(failures(probes)).toEqual([]);
    }));
});

test('a deploy after which no message gets through is undone', () =>
  onEach(async (relay) => {
    const config = `${relay.config}.too-small`;
    await cp(relay.config, config);
    await appendFile(config, '\nmax_message_size = 500\n');
    const { code, stderr } = await tryCmdeploy(['run', '--config', config]);
    await rm(config);
    expect(stderr).toMatch(/^ *submission: its answer to the message was 552 /m);
    expect(code).toBe(5);
    const output = await shellOnHost(relay, `postconf -h message_size_limit\n${PROBE}`);
    const [limit, report = ''] = output.split('\n');
    expect(limit).toBe('31457280');
    expect(parseProbeReport(report)?.ok).toBe(true);
  }));
