import { describe, expect, it } from 'vitest';
import {
  DAY_MS,
  describeMessage,
  excessOf,
  isSpared,
  type Message,
  verdict,
} from '../../../src/chatmaild/expire/rules.ts';
import { NOW, RULES } from './tree.ts';

const message = (days: number, bytes = 1000, seen = false): Message => ({
  arrivedMs: NOW - days * DAY_MS,
  bytes,
  quotaBytes: bytes,
  seen,
});

describe('verdict', () => {
  it.each([
    ['a young one', message(19.9), undefined],
    ['an old one', message(20), 'old'],
    ['a large one that was seen', message(7, 200_001, true), 'large'],
    ['a large one that nobody has seen', message(19.9, 200_001), undefined],
    ['a young large one', message(6.9, 200_001, true), undefined],
    ['one of just 200 kB', message(19.9, 200_000, true), undefined],
    ['one from the future', message(-400), undefined],
  ] as const)('of %s', (_, subject, expected) => {
    expect(verdict(subject, RULES, NOW)).toBe(expected);
  });
});

describe('excessOf', () => {
  it('is nothing below 75%, and what is above 70% otherwise', () => {
    expect(excessOf(749_999, RULES)).toBe(0);
    expect(excessOf(750_000, RULES)).toBeCloseTo(50_000);
    expect(excessOf(2_000_000, RULES)).toBeCloseTo(1_300_000);
  });
  it('is nothing where mailboxes have no limit', () => {
    expect(excessOf(10 ** 12, { ...RULES, mailboxBytes: 0 })).toBe(0);
  });
});

it('spares the messages of 24 hours', () => {
  expect(isSpared(message(0.99), NOW)).toBe(true);
  expect(isSpared(message(1), NOW)).toBe(false);
});

describe('describeMessage', () => {
  const name = '1795383352.M10265P5799.r12,S=9868,W=10010:2,S';

  it('takes the older of the time in the name and the file', () => {
    const saved = 1_795_383_352_000;
    const later = describeMessage(name, { mtimeMs: saved + DAY_MS, size: 9868 }, true);
    expect(later.arrivedMs).toBe(saved);
    const earlier = describeMessage(name, { mtimeMs: saved - DAY_MS, size: 9868 }, true);
    expect(earlier.arrivedMs).toBe(saved - DAY_MS);
  });

  it('counts for the quota as Dovecot does', () => {
    expect(describeMessage(name, { mtimeMs: 0, size: 9868 }, true)).toMatchObject({
      bytes: 9868,
      quotaBytes: 10_010,
    });
  });

  it.each(['x', ',W=5', 'W=99999999', '1.W=9', '.1795383352.', 'a,W=999999999999'])(
    'believes no size and no time in %s',
    (odd) => {
      expect(describeMessage(odd, { mtimeMs: 5, size: 9868 }, false)).toEqual({
        arrivedMs: 5,
        bytes: 9868,
        quotaBytes: 9868,
        seen: false,
      });
    },
  );
});
