import { expect, test } from 'vitest';
import { SendRates } from '../../../src/chatmaild/filter/send-rate.ts';

const SECOND = 1000;

/** Whether each of the messages, sent at these times (seconds), may go. */
const send = (perMinute: number, burst: number, times: readonly number[]): boolean[] => {
  const rates = new SendRates({ perMinute, burst });
  return times.map((time) => rates.allows('a@chat.example', time * SECOND));
};

test.each<[string, number, number, number[], boolean[]]>([
  ['a burst', 60, 3, [0, 0, 0, 0], [true, true, true, false]],
  ['one more after a second', 60, 3, [0, 0, 0, 1, 1], [true, true, true, true, false]],
  ['the whole burst after a rest', 60, 2, [0, 0, 9, 9, 9], [true, true, true, true, false]],
  ['a steady second', 60, 1, [0, 1, 2, 3], [true, true, true, true]],
  ['too fast without bursts', 60, 1, [0, 0.5, 1], [true, false, true]],
  ['refused ones do not count', 60, 1, [0, 0.9, 0.95, 1], [true, false, false, true]],
  ['six a minute', 6, 1, [0, 9, 10, 19, 20], [true, false, true, false, true]],
])('%s', (_name, perMinute, burst, times, allowed) => {
  expect(send(perMinute, burst, times)).toEqual(allowed);
});

test('another limit counts from now on', () => {
  const rates = new SendRates({ perMinute: 1, burst: 1 });
  const before = [rates.allows('a@b', 0), rates.allows('a@b', 30_000)];
  rates.limitTo({ perMinute: 60, burst: 3 });
  expect([...before, rates.allows('a@b', 59_000)]).toEqual([true, false, true]);
});

test('addresses do not disturb each other', () => {
  const rates = new SendRates({ perMinute: 1, burst: 1 });
  expect([rates.allows('a@b', 0), rates.allows('a@b', 0), rates.allows('c@b', 0)]).toEqual([
    true,
    false,
    true,
  ]);
});

test('addresses at rest are forgotten', () => {
  const rates = new SendRates({ perMinute: 60, burst: 10 });
  for (let i = 0; i < 100_000; i++) rates.allows(`user${i}@chat.example`, i);
  expect(rates.size).toBeLessThan(5000);
});
