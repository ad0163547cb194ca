import { expect, test } from 'vitest';
import { domainOf, hostNameProblem } from '../../src/lab/names.ts';

test.each(['a', 'alpha', 'relay-12', 'a2345678901234567890'.slice(0, 20)])(
  '%s is a name',
  (name) => {
    expect(hostNameProblem(name)).toBeUndefined();
  },
);

test.each([
  '',
  'A',
  '1a',
  '-a',
  'a-',
  'a.b',
  'a_b',
  '../x',
  'a b',
  'a'.repeat(21),
  'ä',
  'a\n',
  'ca',
])('%j is none', (name) => {
  expect(hostNameProblem(name)).toContain(JSON.stringify(name));
});

test('the domain asks for a self-signed certificate or for one of an authority', () => {
  expect(domainOf('alpha', false)).toBe('_alpha.test');
  expect(domainOf('alpha', true)).toBe('alpha.test');
});
