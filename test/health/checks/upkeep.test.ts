import { describe, expect, test } from 'vitest';
import { checkDeletion, checkPush } from '../../../src/health/checks/upkeep.ts';
import type { StatusFacts } from '../../../src/health/facts.ts';
import { MINUTE_MS, THRESHOLDS } from '../../../src/health/thresholds.ts';
import { brief } from '../brief.ts';
import { DAY, healthy, NOW } from '../facts.ts';

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
