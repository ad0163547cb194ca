import { describe, expect, test } from 'vitest';
import { configSchema } from '../../src/config/schema.ts';
import type { HostDns, RetiredKey } from '../../src/dns/host.ts';
import { relayFacts } from '../../src/dns/relay-facts.ts';
import { dkimName, relayRecords } from '../../src/dns/relay-records.ts';
import {
  isExpired,
  newSelector,
  RETIREMENT_SECONDS,
  rotationProblem,
  waitInWords,
} from '../../src/dns/rotation.ts';
import { PUBLIC_KEY } from './world.ts';

const key = (selector: string) => ({ selector, publicKey: PUBLIC_KEY });
const retired = (selector: string, age: number): RetiredKey => ({ ...key(selector), age });
const HOST: HostDns = {
  dkim: key('opendkim'),
  next: undefined,
  retired: [],
  interrupted: false,
  account: undefined,
  addresses: ['192.0.2.10'],
};

test('a selector is a DNS label of its minute', () => {
  expect(newSelector(new Date('2026-11-22T19:57:05Z'))).toBe('cm202611221957');
});

test('a key is given up after three days', () => {
  expect(isExpired(retired('a', RETIREMENT_SECONDS - 1))).toBe(false);
  expect(isExpired(retired('a', RETIREMENT_SECONDS))).toBe(true);
  expect(waitInWords(retired('a', 0))).toBe('3 days');
  expect(waitInWords(retired('a', RETIREMENT_SECONDS - 3700))).toBe('2 hours');
});

describe('a rotation begins', () => {
  test('on a host with a key', () => {
    expect(rotationProblem(HOST)).toBeUndefined();
  });

  test.each<[string, Partial<HostDns>, RegExp]>([
    ['without a key', { dkim: undefined }, /cmdeploy run/],
    ['while mail is on its way', { retired: [retired('a', 60)] }, /key a .* for 3 days more/],
    ['before the last one is finished', { retired: [retired('a', 1e6)] }, /--finish/],
  ])('not %s', (_, host, problem) => {
    expect(rotationProblem({ ...HOST, ...host })).toMatch(problem);
  });
});

test('the zone has the key that signs, the last one and the next one', () => {
  const config = configSchema.parse({ mail_domain: 'chat.example' });
  const host = { ...HOST, next: key('c'), retired: [retired('a', 60), retired('b', 1e6)] };
  const facts = relayFacts(config, host, []);
  const levels = new Map(relayRecords(facts).map(({ name, level }) => [name, level]));
  const levelOf = (selector: string) => levels.get(dkimName('chat.example', selector));
  expect(levelOf('opendkim')).toBe('required');
  expect(levelOf('a')).toBe('required');
  expect(levelOf('c')).toBe('recommended');
  expect(levelOf('b')).toBeUndefined();
  expect(facts.expiredDkim?.map(({ selector }) => selector)).toEqual(['b']);
});
