import { expect, test } from 'vitest';
import { describeDeliveries, median } from '../../demo/report.ts';

test.each([
  [[], undefined],
  [[5], 5],
  [[9, 1], 5],
  [[3, 1, 2], 2],
  [[10, 1, 2, 3], 2.5],
])('the median of %j is %s', (values, expected) => {
  expect(median(values)).toBe(expected);
});

test('deliveries are told by direction, then all together', () => {
  const deliveries = [
    { from: 'a', to: 'b', ms: 10.4 },
    { from: 'b', to: 'a', ms: 30 },
    { from: 'a', to: 'b', ms: 20 },
  ];
  expect(describeDeliveries(deliveries).split('\n')).toEqual([
    '   a -> b: 10, 20 ms',
    '   b -> a: 30 ms',
    '   3 messages: median 20 ms, slowest 30 ms',
  ]);
});
