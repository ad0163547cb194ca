import { describe, expect, it } from 'vitest';
import { isDue, nextAttempt } from '../../../src/chatmaild/certificate/renewal.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

it('is due when a third of the time is left', () => {
  expect(isDue(0, 90 * DAY, 59 * DAY)).toBe(false);
  expect(isDue(0, 90 * DAY, 60 * DAY)).toBe(true);
  expect(isDue(0, 6 * DAY, 4 * DAY)).toBe(true);
});

describe('nextAttempt', () => {
  it('is at once without failures', () => {
    expect(nextAttempt([], true)).toBe(Number.NEGATIVE_INFINITY);
  });

  it('doubles the pauses of the timer, up to a day', () => {
    expect(nextAttempt([0], true)).toBe(HOUR);
    expect(nextAttempt([0, HOUR], true)).toBe(3 * HOUR);
    const week = [0, 1, 2, 3, 4, 5, 6].map((day) => day * DAY);
    expect(nextAttempt(week, true)).toBe(7 * DAY);
  });

  it('gives a person three within an hour', () => {
    expect(nextAttempt([0, 1], false)).toBe(Number.NEGATIVE_INFINITY);
    expect(nextAttempt([0, 1, 2], false)).toBe(HOUR);
    expect(nextAttempt([0, 1, 2, HOUR], false)).toBe(HOUR + 1);
  });
});
