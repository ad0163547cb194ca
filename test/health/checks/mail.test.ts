import { describe, expect, test } from 'vitest';
import { checkAccounts, checkQueue, checkTraffic } from '../../../src/health/checks/mail.ts';
import type { StatusFacts } from '../../../src/health/facts.ts';
import { THRESHOLDS } from '../../../src/health/thresholds.ts';
import { brief } from '../brief.ts';
import { healthy, NOW } from '../facts.ts';

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
