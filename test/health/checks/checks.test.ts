import { describe, expect, test } from 'vitest';
import type { ListenerFact } from '../../../src/engine/facts.ts';
import type { MachineFacts } from '../../../src/engine/machine-facts.ts';
import { checkDelivery } from '../../../src/health/checks/delivery.ts';
import { checkDns } from '../../../src/health/checks/dns.ts';
import {
  checkClock,
  checkDisk,
  checkLoad,
  checkMemory,
  checkUpdates,
} from '../../../src/health/checks/machine.ts';
import { checkAccounts, checkQueue, checkTraffic } from '../../../src/health/checks/mail.ts';
import { checkCertificate, checkPorts, checkResolver } from '../../../src/health/checks/network.ts';
import { checkDeletion, checkPush } from '../../../src/health/checks/upkeep.ts';
import { DNS_LATE } from '../../../src/health/dns.ts';
import type { DnsFact, ProbeFact, StatusFacts } from '../../../src/health/facts.ts';
import { type Item, warning } from '../../../src/health/finding.ts';
import { MINUTE_MS, THRESHOLDS } from '../../../src/health/thresholds.ts';
import { certificate, DAY, healthy, MIB, NOW } from '../facts.ts';

const LIMITS = {
  min_free_disk_space: 1024 * MIB,
  min_available_memory: 200 * MIB,
  max_load_1m: 5,
};

const brief = ({ text, findings }: Item) => [
  text,
  ...findings.map(({ level, what }) => `${level}: ${what}`),
];

describe('ports', () => {
  const required = [{ protocol: 'tcp', port: 993, units: ['dovecot.service'] }] as const;
  const listener: ListenerFact = {
    protocol: 'tcp',
    address: '*',
    port: 993,
    program: 'dovecot',
    unit: 'dovecot.service',
  };

  test('answer', () => {
    expect(brief(checkPorts(required, [listener], healthy, []))).toEqual(['993 answer']);
  });

  test('a port that somebody else holds is closed', () => {
    expect(
      brief(checkPorts(required, [{ ...listener, unit: 'rogue.service' }], healthy, [])),
    ).toEqual(['none answers', 'error: the relay does not listen on port 993']);
  });

  test('open but mute; what a probe got through is only slow', () => {
    const { probe, ...facts } = { ...healthy, served: [{ port: 993 }] };
    const check = (change: Partial<StatusFacts>) =>
      brief(checkPorts(required, [listener], { ...facts, ...change }, []));
    expect(check({})).toEqual([
      'none answers',
      'error: port 993 is open, but nobody gets a TLS connection',
    ]);
    expect(check({ served: [{ port: 993, late: true }] })[1]).toMatch(
      /^warning: .* slow to answer$/,
    );
    expect(check({ ...(probe && { probe }) })).toEqual(['993 answer']);
  });

  test('the way out is a warning', () => {
    const blocked = warning('port 25 of others is filtered', 'ask');
    expect(brief(checkPorts(required, [listener], healthy, [blocked]))[1]).toBe(
      'warning: port 25 of others is filtered',
    );
  });
});

describe('certificate', () => {
  const check = (change: Partial<StatusFacts>, publicly = true) =>
    brief(checkCertificate({ ...healthy, ...change }, 'a.example', publicly, THRESHOLDS));
  const until = (notAfter: number, names = ['a.example'], selfSigned = false) => {
    const ofThreeMonths = { ...certificate, notBefore: notAfter - 90 * DAY, notAfter };
    return {
      certificate: { ...ofThreeMonths, names, selfSigned },
      served: [{ port: 993, certificate: ofThreeMonths }],
    };
  };

  test('fine', () => {
    expect(check({})).toEqual(['80 days left, for a.example, www.a.example']);
  });

  test('ends soon, in proportion to its time', () => {
    expect(check(until(NOW + 16 * DAY))).toHaveLength(1);
    expect(check(until(NOW + 14 * DAY)).at(-1)).toContain('warning: the certificate expires on');
    const days = { ...certificate, notBefore: NOW - 3 * DAY, notAfter: NOW + 3 * DAY };
    const short = { ...days, names: ['a.example'], selfSigned: false };
    expect(check({ certificate: short, served: [{ port: 993, certificate: days }] })).toHaveLength(
      1,
    );
  });

  test('expired', () => {
    expect(check(until(NOW - 1)).at(-1)).toContain('error: the certificate expired');
  });

  test('for another name; a wildcard will do', () => {
    expect(check(until(NOW + 80 * DAY, ['b.example'])).at(-1)).toBe(
      'error: the certificate is not for a.example',
    );
    expect(check(until(NOW + 80 * DAY, ['*.example']))).toHaveLength(1);
  });

  test('for an address: openssl writes one of IPv6 at full length', () => {
    const facts = { ...healthy, ...until(NOW + 80 * DAY, ['FD00:0:0:0:0:0:0:1']) };
    expect(checkCertificate(facts, 'fd00::1', false, THRESHOLDS).findings).toEqual([]);
    expect(checkCertificate(facts, 'fd00::2', false, THRESHOLDS).findings).toHaveLength(1);
  });

  test('self-signed where clients want an authority', () => {
    const own = until(NOW + 80 * DAY, ['a.example'], true);
    expect(check(own).at(-1)).toContain('self-signed');
    expect(check(own, false)).toHaveLength(1);
  });

  test('another one is served than lies on disk', () => {
    const served = [{ port: 993, certificate: { ...certificate, fingerprint: 'BB' } }];
    expect(check({ served }).at(-1)).toContain('warning: port 993 serves another certificate');
  });

  test('none', () => {
    const { certificate: _, ...rest } = healthy;
    const item = checkCertificate(
      { ...rest, served: [{ port: 993 }] },
      'a.example',
      true,
      THRESHOLDS,
    );
    expect(brief(item)).toEqual(['none', 'error: there is no certificate that can be read']);
  });
});

describe('resolver', () => {
  const machine = (address: string, answers: boolean): MachineFacts => ({
    deployed: true,
    rebootRequired: false,
    kernels: [],
    disks: [],
    addresses: [],
    routes: [],
    reachedAt: [],
    ownNameResolves: false,
    nameservers: [{ address, answers }],
    outbound: [],
  });

  test('fine', () => {
    const text = 'answers; the host asks 127.0.0.1';
    expect(brief(checkResolver(machine('127.0.0.1', true)))).toEqual([text]);
    const alone = { ...machine('127.0.0.1', false), ownNameResolves: true };
    expect(brief(checkResolver(alone))).toEqual([text]);
  });

  test('silent, and not the one of the host', () => {
    const { findings } = checkResolver(machine('192.0.2.53', false));
    expect(findings.map(({ level }) => level)).toEqual(['error', 'warning']);
  });
});

describe('delivery', () => {
  const check = (probe: Partial<ProbeFact>) =>
    brief(
      checkDelivery(
        { ...healthy, probe: { state: 'done', at: NOW, failed: [], notes: [], ...probe } },
        THRESHOLDS,
      ),
    );

  test('in time, and slow', () => {
    expect(check({ ok: true, deliveryMs: 550 })).toEqual([
      'a message took 0.6 s from one account to another',
    ]);
    expect(check({ ok: true, deliveryMs: 6000 })[1]).toBe('warning: a message took 6.0 s');
  });

  test('what fails is named', () => {
    const failed = [{ name: 'port-993', error: 'nothing listens there' }];
    expect(check({ ok: false, failed })).toEqual([
      'fails: port-993',
      'error: port-993: nothing listens there',
    ]);
  });

  test('what is not known is said', () => {
    expect(check({ state: 'absent' })).toHaveLength(2);
    expect(check({ state: 'late' })[1]).toContain('warning');
    expect(check({ state: 'unreadable' })[1]).toContain('warning');
  });
});

describe('dns', () => {
  const check = (dns: Partial<DnsFact>) =>
    brief(checkDns({ ...healthy, dns: { ...(healthy.dns ?? DNS_LATE), ...dns } }));
  const finding = { code: 'missing', level: 'required', impact: 'now', what: 'no MX' } as const;

  test('fine', () => {
    expect(check({})).toEqual(['11 of 11 records right, by 2 servers']);
    expect(check({ state: 'none' })).toEqual(['none is needed for an address']);
  });

  test('what breaks mail is an error, what may is a warning, what never does nothing', () => {
    const later = { ...finding, impact: 'later', what: 'no CAA' } as const;
    const never = { ...finding, impact: 'never', what: 'no SRV' } as const;
    expect(check({ findings: [finding, finding, later, never] }).slice(1)).toEqual([
      'error: no MX (and 1 more)',
      'warning: no CAA',
    ]);
  });

  test('no answer is said', () => {
    expect(check({ state: 'late' })[1]).toContain('warning');
  });
});

describe('deletion and push', () => {
  test('deletion ran, never ran, no longer runs, failed', () => {
    const check = (change: Partial<StatusFacts>) =>
      brief(checkDeletion({ ...healthy, ...change }, THRESHOLDS));
    expect(check({})).toEqual(['12 h ago, next 2026-11-23 08:00 UTC']);
    expect(check({ deletion: {} })).toEqual(['not started by its timer yet']);
    expect(check({ deletion: { last: NOW - 3 * DAY } })[1]).toContain('3 days ago');
    expect(check({ failedUnits: ['chatmail-expire.service'] })[0]).toMatch(/^it failed 12 h ago/);
  });

  test('notifications wait', () => {
    const check = (waiting: number, oldest: number) =>
      brief(checkPush({ ...healthy, push: { waiting, oldest } }, THRESHOLDS));
    expect(check(3, NOW - 5 * MINUTE_MS)).toHaveLength(1);
    expect(check(3, NOW - 40 * MINUTE_MS)[1]).toContain('warning: 3 notifications waiting');
  });
});

describe('mail', () => {
  const queue = (change: object) => ({
    ...healthy,
    queue: {
      messages: 3,
      bytes: 2048,
      oldest: NOW - 3 * 3_600_000,
      domains: [{ text: 'b.example', count: 3, oldest: NOW - 3 * 3_600_000 }],
      reasons: [{ text: 'Connection refused', count: 3 }],
      ...change,
    },
  });
  const check = (facts: StatusFacts) => brief(checkQueue(facts, 'a.example', THRESHOLDS));

  test('some wait for a peer: no reason to worry', () => {
    expect(check(healthy)).toEqual(['empty']);
    expect(check(queue({}))).toEqual([
      '3 messages, 2.0 KiB, oldest 3 h; most for b.example (3); Connection refused',
    ]);
  });

  test('many wait', () => {
    expect(check(queue({ messages: 500 })).at(-1)).toBe(
      'warning: 500 messages wait to be delivered',
    );
  });

  test('mail for our own users waits', () => {
    const own = (age: number) => ({
      domains: [{ text: 'a.example', count: 1, oldest: NOW - age }],
    });
    expect(check(queue(own(60_000)))).toHaveLength(1);
    expect(check(queue(own(11 * 60_000))).at(-1)).toContain('waits since 11 min');
  });

  test('of a relay without a domain', () => {
    const domains = [{ text: 'IPv6:fd00::1', count: 1, oldest: NOW - 11 * 60_000 }];
    const item = checkQueue(queue({ domains }), 'fd00::1', THRESHOLDS);
    expect(brief(item).at(-1)).toContain('waits since 11 min');
  });

  test('a queue that cannot be read', () => {
    const { queue: _, ...rest } = healthy;
    expect(checkQueue(rest, 'a.example', THRESHOLDS).findings).toHaveLength(1);
  });

  test('traffic and accounts', () => {
    const refused = [{ text: 'incoming not-encrypted', count: 2 }];
    const traffic = { since: NOW, delivered: 5, sent: 2, bounced: 1, refused, refusedTotal: 2 };
    expect(checkTraffic({ ...healthy, traffic }).text).toBe(
      'since 20:00 UTC: 5 in, 2 out, 1 bounced, 2 refused (2 incoming not-encrypted)',
    );
    expect(checkAccounts(healthy).text).toBe('12; in 24 h 7 active, 3 made');
    expect(checkAccounts({ ...healthy, accounts: { total: 12 } }).text).toBe('12');
    expect(checkAccounts({ ...healthy, noCreate: true }).findings).toHaveLength(1);
  });
});

describe('machine', () => {
  const disk = (available: number, freeInodes = 900) =>
    checkDisk(
      {
        ...healthy,
        disks: [
          { mount: '/', size: 40_000 * MIB, available: available * MIB, inodes: 1000, freeInodes },
        ],
      },
      LIMITS,
      THRESHOLDS,
    ).findings.map(({ level }) => level);

  test('disk', () => {
    expect(disk(20_000)).toEqual([]);
    expect(disk(3000)).toEqual(['warning']);
    expect(disk(1000)).toEqual(['warning']);
    expect(disk(99)).toEqual(['error']);
    expect(disk(20_000, 10)).toEqual(['warning']);
  });

  test('memory and load, by the limits of chatmail.ini', () => {
    const memory = { total: 500 * MIB, available: 100 * MIB, swapTotal: 0, swapFree: 0 };
    expect(checkMemory(healthy, LIMITS).findings).toEqual([]);
    expect(checkMemory({ ...healthy, memory }, LIMITS).findings).toHaveLength(1);
    const load = (...values: [number, number, number]) =>
      checkLoad({ ...healthy, load: values }, LIMITS, THRESHOLDS).findings.length;
    expect([load(5, 4, 4), load(5.1, 1, 1), load(1, 4, 4.1)]).toEqual([0, 1, 1]);
  });

  test('updates', () => {
    const check = (change: Partial<StatusFacts>) =>
      checkUpdates({ ...healthy, ...change }, THRESHOLDS).findings.map(({ what }) => what);
    expect(check({})).toEqual([]);
    expect(check({ updates: { security: ['openssl'], listsAt: NOW } })).toEqual([
      '1 security update waiting: openssl',
    ]);
    expect(check({ updates: { security: [], listsAt: NOW - 8 * DAY } })).toHaveLength(1);
  });

  test('a reboot is due for a newer kernel of the same flavour, not in a container', () => {
    const due = (change: Partial<StatusFacts>) =>
      checkUpdates({ ...healthy, ...change }, THRESHOLDS).findings.length === 1;
    const kernels = ['6.1.0-18-amd64', '6.1.0-21-amd64'];
    expect(due({ kernels })).toBe(true);
    expect(due({ rebootRequired: true })).toBe(true);
    expect(due({ kernels, container: 'lxc' })).toBe(false);
    expect(due({ kernels: ['6.1.0-18-amd64', '6.1.0-21-cloud-amd64'] })).toBe(false);
    const pi = ['6.6.31+rpt-rpi-v8', '6.6.31+rpt-rpi-2712'];
    expect(due({ kernel: '6.6.31+rpt-rpi-v8', kernels: pi })).toBe(false);
  });

  test('clock', () => {
    const check = (change: Partial<StatusFacts>, offset = 0) =>
      brief(checkClock({ ...healthy, ...change }, offset, THRESHOLDS));
    expect(check({})).toEqual(['synchronised']);
    expect(check({ clockSynchronised: false })).toHaveLength(2);
    expect(check({ clockSynchronised: false, container: 'lxc' })).toHaveLength(1);
    expect(check({}, -60_000).at(-1)).toBe("warning: its clock is 60 s behind this machine's");
  });
});
