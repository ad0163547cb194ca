import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ObservationError } from '../../src/engine/observe/parse.ts';
import { parseStatus } from '../../src/health/parse.ts';
import type { StatusQuery } from '../../src/health/script.ts';

const query: StatusQuery = {
  domain: '_s12.test',
  units: ['dovecot.service', 'postfix@-.service', 'chatmail-filter.service'],
  certificate: '/etc/ssl/private/chatmail.pem',
  tlsPorts: [{ port: 25, starttls: 'smtp' }, { port: 993 }],
  notices: [],
};

/** What a relay on Debian 12 printed with Dovecot stopped and two units failed. */
const recorded = readFileSync(new URL('recorded/debian-12.txt', import.meta.url), 'utf8');

const parse = (...lines: readonly string[]) => parseStatus([...lines, 'end', ''].join('\n'), query);

describe('parseStatus', () => {
  test('reads what a relay printed', () => {
    const facts = parseStatus(recorded, query);
    expect(facts).toMatchObject({
      now: 1795377185310,
      container: 'systemd-nspawn',
      clockSynchronised: false,
      mailDomain: '_s12.test',
      failedUnits: ['opendkim.service', 'other.service'],
      noCreate: true,
      cores: 2,
      load: [5.46, 4.96, 3.6],
      accounts: { total: 0, created: 0, active: 0 },
      push: { waiting: 2, oldest: 1795376175000 },
      deletion: { next: Date.parse('2026-11-23T02:12:22Z') },
      queue: { messages: 0, bytes: 0, domains: [], reasons: [] },
      traffic: { since: 1795375931000, delivered: 22500, sent: 0, refused: [] },
      updates: { security: [], listsAt: 1795376175000 },
      rebootRequired: false,
      kernels: [],
    });
    expect(facts.runs.map(({ id, who, result }) => [id, who, result])).toEqual([
      ['20261122T195047951Z', 'root@vm', 'rolled-back'],
      ['20261122T193614352Z', 'root@vm', 'deployed'],
    ]);
    expect(facts.disks).toEqual([
      {
        mount: '/',
        size: 12342040 * 1024,
        available: 12061512 * 1024,
        inodes: 3085510,
        freeInodes: 3082090,
      },
    ]);
  });

  test('reads units, also who starts them', () => {
    const { services, logs } = parseStatus(recorded, query);
    expect(services).toEqual({
      'dovecot.service': {
        load: 'loaded',
        active: 'inactive',
        sub: 'dead',
        stoppedAt: 1795377182000,
        triggeredBy: [],
      },
      'postfix@-.service': { load: 'loaded', active: 'active', sub: 'running', triggeredBy: [] },
      'chatmail-filter.service': {
        load: 'loaded',
        active: 'active',
        sub: 'running',
        stoppedAt: 1795377053000,
        triggeredBy: ['chatmail-filter-incoming.socket', 'chatmail-filter-outgoing.socket'],
      },
    });
    expect(logs['opendkim.service']?.at(-1)).toBe(
      "opendkim.service: Failed with result 'exit-code'.",
    );
  });

  test('reads the certificate on disk and those that are served', () => {
    const { certificate, served } = parseStatus(recorded, query);
    expect(certificate).toMatchObject({
      notBefore: Date.parse('2026-11-22T19:50:48Z'),
      notAfter: Date.parse('2036-11-19T19:50:48Z'),
      names: ['_s12.test', 'www._s12.test', 'mta-sts._s12.test'],
      selfSigned: true,
    });
    expect(served).toEqual([
      { port: 25, certificate: expect.objectContaining({ fingerprint: certificate?.fingerprint }) },
      { port: 993 },
    ]);
  });

  test('a host without anything of ours', () => {
    const facts = parse('now\t1795377185310');
    expect(facts.mailDomain).toBeUndefined();
    expect(facts.runs).toEqual([]);
    expect(facts.queue).toBeUndefined();
    expect(facts.served).toEqual([{ port: 25 }, { port: 993 }]);
  });

  test('a history that is damaged: what can be read of it', () => {
    const lines =
      '{"event":"sta\n{"event":"end","run":"r","time":"2026-11-22T19:51:00Z","result":"broken","generation":null}\n';
    const { runs } = parse(`history\t${Buffer.from(lines).toString('base64')}`);
    expect(runs).toEqual([{ id: 'r', result: 'broken' }]);
    expect(parse('history\t!!').runs).toEqual([]);
  });

  test('an answer that ends early is refused', () => {
    expect(() => parseStatus(recorded.slice(0, -5), query)).toThrow(ObservationError);
    expect(() => parseStatus('', query)).toThrow(ObservationError);
  });

  test('what a hostile host prints instead of numbers is not there', () => {
    const facts = parse(
      'now\t99999999999999999999',
      'queue\t-5\tNaN\t1e9',
      'queue\t1\t1\t1',
      'load\tInfinity\t0\t0',
      'cores\t-1',
      'disk\tx\ty\tz',
      'accounts\t1e5',
      'memory\tMemTotal:\t0x10',
      'tls\t25\tsha256 Fingerprint=AA notAfter=Nov 99 99:99:99 2026 GMT',
      '__proto__\tpolluted',
      'constructor',
    );
    expect(facts.now).toBe(0);
    expect(facts.queue).toBeUndefined();
    expect(facts.load).toBeUndefined();
    expect(facts.cores).toBe(1);
    expect(facts.disks).toEqual([]);
    expect(facts.accounts).toBeUndefined();
    expect(facts.memory).toBeUndefined();
    expect(facts.served[0]).toEqual({ port: 25 });
  });

  test('log lines cannot pose as other lines', () => {
    const facts = parse('log\tx.service\tqueue\t0\t0\t0', 'log\tx.service\tend');
    expect(facts.queue).toBeUndefined();
    expect(facts.logs).toEqual({ 'x.service': ['queue 0 0 0', 'end'] });
  });
});
