import { expect, it } from 'vitest';
import { Taken } from '../../../src/chatmaild/mxsend/taken.ts';

const S = 's@y.test';
const R = 'r@x.test';

it('remembers who has which message, for an hour', () => {
  const clock = { now: 0 };
  const taken = new Taken(() => clock.now);
  taken.add(S, R, 'one');
  expect([taken.has(S, R), taken.has(S, R, 'one'), taken.has(S, R, 'two')]).toEqual([
    true,
    true,
    false,
  ]);
  expect(taken.has('other@y.test', R)).toBe(false);
  taken.forget(S, R, 'two');
  expect(taken.has(S, R)).toBe(true);
  clock.now = 3_600_000;
  expect(taken.has(S, R)).toBe(false);
  taken.add(S, R, 'one');
  taken.forget(S, R, 'one');
  expect(taken.has(S, R)).toBe(false);
});

it('remembers ten thousand', () => {
  const taken = new Taken(() => 0);
  for (let n = 0; n <= 10_000; n += 1) taken.add(S, `r${n}@x.test`, 'one');
  expect([taken.has(S, 'r0@x.test'), taken.has(S, 'r1@x.test')]).toEqual([false, true]);
});
