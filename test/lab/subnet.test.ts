import { describe, expect, test } from 'vitest';
import { chooseNetwork } from '../../src/lab/subnet.ts';

describe('chooseNetwork', () => {
  test('depends on the lab', () => {
    expect(chooseNetwork('000007', [])).toBe('198.18.7');
    expect(chooseNetwork('000107', [])).toBe('198.19.7');
    expect(chooseNetwork('000207', [])).toBe('198.18.7');
  });

  test('steps over networks in use', () => {
    const routes = ['default', '192.0.2.0/24', '198.18.7.0/24', '198.18.8.9'];
    expect(chooseNetwork('000007', routes)).toBe('198.18.9');
  });

  test('sees wider routes', () => {
    expect(chooseNetwork('000007', ['198.18.0.0/16'])).toBe('198.19.0');
  });

  test('starts again at the front', () => {
    expect(chooseNetwork('0001ff', ['198.19.255.0/24'])).toBe('198.18.0');
  });

  test('gives up when all is taken', () => {
    expect(() => chooseNetwork('000007', ['198.18.0.0/15'])).toThrow('no network for a lab');
  });

  test('a default route written as 0.0.0.0/0 takes nothing', () => {
    expect(chooseNetwork('000007', ['0.0.0.0/0', '128.0.0.0/1'])).toBe('198.18.7');
  });
});
