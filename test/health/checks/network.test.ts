import { describe, expect, test } from 'vitest';
import type { ListenerFact } from '../../../src/engine/facts.ts';
import type { MachineFacts } from '../../../src/engine/machine-facts.ts';
import { checkCertificate, checkPorts, checkResolver } from '../../../src/health/checks/network.ts';
import type { StatusFacts } from '../../../src/health/facts.ts';
import { warning } from '../../../src/health/finding.ts';
import { THRESHOLDS } from '../../../src/health/thresholds.ts';
import { brief } from '../brief.ts';
import { certificate, DAY, healthy, NOW } from '../facts.ts';

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
