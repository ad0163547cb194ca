import { describe, expect, test } from 'vitest';
import { median, percentile, summarize } from '../../bench/support/statistics.ts';

describe('statistics', () => {
  test('are values that were measured', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2);
    expect(percentile([5], 0.95)).toBe(5);
  });

  test('summarize without touching the order of the measurements', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(summarize(values)).toEqual({ count: 100, median: 50, p95: 95, worst: 100 });
    expect(values[0]).toBe(100);
  });

  test('of nothing are an error', () => {
    expect(() => summarize([])).toThrow('nothing was measured');
  });
});
