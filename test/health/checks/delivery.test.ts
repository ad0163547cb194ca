import { describe, expect, test } from 'vitest';
import { checkDelivery } from '../../../src/health/checks/delivery.ts';
import type { ProbeFact } from '../../../src/health/facts.ts';
import { THRESHOLDS } from '../../../src/health/thresholds.ts';
import { brief } from '../brief.ts';
import { healthy, NOW } from '../facts.ts';

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
