import { describe, expect, test } from 'vitest';
import type { TxtAnswer } from '../../../src/chatmaild/filter/dns.ts';
import { cachedLookup, resolverLookup } from '../../../src/chatmaild/filter/dns.ts';

test.each([
  ['ENOTFOUND', { kind: 'records', records: [] }],
  ['ENODATA', { kind: 'records', records: [] }],
  ['ETIMEOUT', { kind: 'later' }],
  ['ESERVFAIL', { kind: 'later' }],
  ['ECONNREFUSED', { kind: 'later' }],
])('a resolver that says %s', async (code, answer) => {
  const resolveTxt = () => Promise.reject(Object.assign(new Error(code), { code }));
  expect(await resolverLookup(() => ({ resolveTxt }))('x.example')).toEqual(answer);
});

test('the strings of a record are joined', async () => {
  const resolveTxt = () => Promise.resolve([['v=DK', 'IM1'], ['other']]);
  expect(await resolverLookup(() => ({ resolveTxt }))('x.example')).toEqual({
    kind: 'records',
    records: ['v=DKIM1', 'other'],
  });
});

describe('the cache', () => {
  const key: TxtAnswer = { kind: 'records', records: ['p=x'] };
  const counting = (answer: TxtAnswer) => {
    const queries: string[] = [];
    const clock = { now: 0 };
    const lookup = cachedLookup(
      async (name) => {
        queries.push(name);
        return answer;
      },
      () => clock.now,
    );
    return { queries, clock, lookup };
  };

  test('spares queries, also at the same time, for five minutes', async () => {
    const { queries, clock, lookup } = counting(key);
    expect(await Promise.all([lookup('a'), lookup('a')])).toEqual([key, key]);
    clock.now = 299_999;
    await lookup('a');
    expect(queries).toEqual(['a']);
    clock.now = 300_000;
    await lookup('a');
    expect(queries).toEqual(['a', 'a']);
  });

  test.each<TxtAnswer>([{ kind: 'later' }, { kind: 'records', records: [] }])(
    'does not keep %j',
    async (answer) => {
      const { queries, lookup } = counting(answer);
      await lookup('a');
      await lookup('a');
      expect(queries).toEqual(['a', 'a']);
    },
  );

  test('forgets the oldest', async () => {
    const { queries, lookup } = counting(key);
    for (let i = 0; i <= 1000; i++) await lookup(`name${i}`);
    await lookup('name1000');
    expect(queries.length).toBe(1001);
    await lookup('name0');
    expect(queries.length).toBe(1002);
  });
});
