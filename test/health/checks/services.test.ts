import { describe, expect, test } from 'vitest';
import { checkServices, isStopped } from '../../../src/health/checks/services.ts';
import type { ServiceFact, StatusFacts } from '../../../src/health/facts.ts';
import { THRESHOLDS } from '../../../src/health/thresholds.ts';
import { healthy, NOW, UNITS } from '../facts.ts';

const withUnit = (unit: string, change: Partial<ServiceFact>): StatusFacts => {
  const fact = healthy.services[unit];
  if (!fact) throw new Error(`no ${unit}`);
  return { ...healthy, services: { ...healthy.services, [unit]: { ...fact, ...change } } };
};

const check = (facts: StatusFacts, deployed = true) =>
  checkServices(UNITS, facts, () => deployed, THRESHOLDS);

const failing = { load: 'loaded', active: 'failed', sub: 'failed' };
const stopped = { active: 'inactive', sub: 'dead', stoppedAt: NOW - 300_000 };

describe('checkServices', () => {
  test('a failed service of one of our timers, and one of others', () => {
    const failedUnits = ['chatmail-expire.service', 'chatmail-quota@7.service', 'smartd.service'];
    const facts = { ...healthy, failedUnits };
    const ours = [...UNITS, 'chatmail-expire.timer', 'chatmail-quota.socket'];
    const { findings } = checkServices(ours, facts, () => false, THRESHOLDS);
    expect(findings.map(({ what }) => what)).toEqual([
      'chatmail-expire.service failed',
      'chatmail-quota@7.service failed',
      'smartd.service, which is not of the relay, failed',
    ]);
  });

  test('what failed comes first: others may be down for it, and nobody stopped them', () => {
    const one = withUnit('dovecot.service', stopped);
    const both = {
      ...one,
      services: { ...one.services, 'filter.socket': { ...failing, triggeredBy: [] } },
    };
    expect(check(both).findings.map(({ what }) => what)).toEqual([
      'filter.socket failed',
      'dovecot.service was stopped by hand 5 min ago',
    ]);
    expect(isStopped(UNITS, both)).toBe(false);
    const ofTimer = { ...one, failedUnits: ['chatmail-expire.service'] };
    expect(isStopped([...UNITS, 'chatmail-expire.timer'], ofTimer)).toBe(false);
    expect(isStopped(UNITS, { ...one, failedUnits: ['smartd.service'] })).toBe(true);
  });

  test('one that systemd has not seen running is not said to be stopped by hand', () => {
    const { stoppedAt: _, ...neverUp } = stopped;
    const { services } = healthy;
    const facts = {
      ...healthy,
      services: { ...services, 'dovecot.service': { ...neverUp, load: 'loaded', triggeredBy: [] } },
    };
    expect(check(facts).findings).toEqual([
      expect.objectContaining({ level: 'error', what: 'dovecot.service does not run' }),
    ]);
  });

  test('all up', () => {
    expect(check(healthy)).toEqual({ name: 'units', text: '3 of 3 up', findings: [] });
    expect(isStopped(UNITS, healthy)).toBe(false);
  });

  test('stopped by hand', () => {
    const facts = withUnit('dovecot.service', stopped);
    expect(check(facts).findings).toEqual([
      expect.objectContaining({
        level: 'error',
        what: 'dovecot.service was stopped by hand 5 min ago',
      }),
    ]);
    expect(isStopped(UNITS, facts)).toBe(true);
  });

  test('what a socket starts again is not down', () => {
    const facts = withUnit('filter.service', stopped);
    expect(check(facts).findings).toEqual([expect.objectContaining({ level: 'warning' })]);
    expect(isStopped(UNITS, facts)).toBe(false);
  });

  test('masked', () => {
    const facts = withUnit('dovecot.service', { ...stopped, load: 'masked' });
    expect(check(facts).findings[0]?.what).toContain('masked');
    expect(isStopped(UNITS, facts)).toBe(true);
  });

  test.each([
    [{ active: 'failed', sub: 'failed' }, 'dovecot.service failed'],
    [{ active: 'activating', sub: 'auto-restart' }, 'dovecot.service fails again and again'],
  ])('%o shows its last words', (change, what) => {
    const facts = {
      ...withUnit('dovecot.service', change),
      logs: { 'dovecot.service': ['oh no'] },
    };
    expect(check(facts).findings).toEqual([
      expect.objectContaining({ level: 'error', what, log: ['oh no'] }),
    ]);
    expect(isStopped(UNITS, facts)).toBe(false);
  });

  test('one that is gone, and one that has yet to be deployed', () => {
    const facts = withUnit('dovecot.service', { ...stopped, load: 'not-found' });
    expect(check(facts).findings[0]?.what).toBe('dovecot.service is gone');
    expect(check(facts, false).findings).toEqual([]);
    expect(isStopped(UNITS, facts)).toBe(false);
  });

  test('flapping counts from three restarts an hour', () => {
    const restarts = (count: number) => ({ ...healthy, restarts: { 'dovecot.service': count } });
    expect(check(restarts(2)).findings).toEqual([]);
    expect(check(restarts(3)).findings).toEqual([
      expect.objectContaining({
        level: 'warning',
        what: 'dovecot.service crashed 3 times in the last hour',
      }),
    ]);
  });

  test('units of others that failed are a warning', () => {
    const item = check({ ...healthy, failedUnits: ['backup.service'] });
    expect(item.text).toBe('3 of 3 up; failed on the host: backup.service');
    expect(item.findings).toEqual([expect.objectContaining({ level: 'warning' })]);
  });
});
