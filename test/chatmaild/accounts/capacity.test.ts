import { describe, expect, it } from 'vitest';
import {
  availableMemory,
  type Capacity,
  measureCapacity,
  shortage,
} from '../../../src/chatmaild/accounts/capacity.ts';

const LIMITS = { max_load_1m: 5, min_available_memory: 200, min_free_disk_space: 1000 };
const PLENTY: Capacity = {
  creationSwitchedOff: false,
  load1m: 5,
  availableMemoryBytes: 200,
  freeDiskBytes: 1000,
};

describe('shortage', () => {
  it.each<[string, Partial<Capacity>, string | undefined]>([
    ['at every limit', {}, undefined],
    ['load', { load1m: 5.01 }, 'the server is too busy'],
    ['memory', { availableMemoryBytes: 199 }, 'the server is short of memory'],
    ['disk', { freeDiskBytes: 999 }, 'the server is short of disk'],
    ['switch', { creationSwitchedOff: true }, 'account creation is switched off'],
  ])('%s', (_what, change, expected) => {
    expect(shortage({ ...PLENTY, ...change }, LIMITS)).toBe(expected);
  });
});

describe('availableMemory', () => {
  it('reads MemAvailable, not MemFree', () => {
    expect(availableMemory('MemFree:  1 kB\nMemAvailable:   20480 kB\nX: 3 kB\n')).toBe(20_971_520);
  });
  it('does not guess', () => {
    expect(() => availableMemory('MemFree: 1 kB\n')).toThrow('MemAvailable');
  });
});

describe('measureCapacity', () => {
  it('observes this host', async () => {
    const capacity = await measureCapacity('/', '/nonexistent/nocreate');
    expect(capacity.creationSwitchedOff).toBe(false);
    expect(capacity.availableMemoryBytes).toBeGreaterThan(1e6);
    expect((await measureCapacity('/', '/etc/passwd')).creationSwitchedOff).toBe(true);
  });
});
