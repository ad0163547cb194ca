import { describe, expect, test } from 'vitest';
import {
  checkClock,
  checkDisk,
  checkLoad,
  checkMemory,
  checkUpdates,
} from '../../../src/health/checks/machine.ts';
import type { StatusFacts } from '../../../src/health/facts.ts';
import { THRESHOLDS } from '../../../src/health/thresholds.ts';
import { brief } from '../brief.ts';
import { DAY, healthy, MIB, NOW } from '../facts.ts';

const LIMITS = {
  min_free_disk_space: 1024 * MIB,
  min_available_memory: 200 * MIB,
  max_load_1m: 5,
};

describe('machine', () => {
  const disk = (available: number, freeInodes = 900) =>
    checkDisk(
      {
        ...healthy,
        disks: [
          { mount: '/', size: 40_000 * MIB, available: available * MIB, inodes: 1000, freeInodes },
        ],
      },
      LIMITS,
      THRESHOLDS,
    ).findings.map(({ level }) => level);

  test('disk', () => {
    expect(disk(20_000)).toEqual([]);
    expect(disk(3000)).toEqual(['warning']);
    expect(disk(1000)).toEqual(['warning']);
    expect(disk(99)).toEqual(['error']);
    expect(disk(20_000, 10)).toEqual(['warning']);
  });

  test('memory and load, by the limits of chatmail.ini', () => {
    const memory = { total: 500 * MIB, available: 100 * MIB, swapTotal: 0, swapFree: 0 };
    expect(checkMemory(healthy, LIMITS).findings).toEqual([]);
    expect(checkMemory({ ...healthy, memory }, LIMITS).findings).toHaveLength(1);
    const load = (...values: [number, number, number]) =>
      checkLoad({ ...healthy, load: values }, LIMITS, THRESHOLDS).findings.length;
    expect([load(5, 4, 4), load(5.1, 1, 1), load(1, 4, 4.1)]).toEqual([0, 1, 1]);
  });

  test('updates', () => {
    const check = (change: Partial<StatusFacts>) =>
      checkUpdates({ ...healthy, ...change }, THRESHOLDS).findings.map(({ what }) => what);
    expect(check({})).toEqual([]);
    expect(check({ updates: { security: ['openssl'], listsAt: NOW } })).toEqual([
      '1 security update waiting: openssl',
    ]);
    expect(check({ updates: { security: [], listsAt: NOW - 8 * DAY } })).toHaveLength(1);
  });

  test('a reboot is due for a newer kernel of the same flavour, not in a container', () => {
    const due = (change: Partial<StatusFacts>) =>
      checkUpdates({ ...healthy, ...change }, THRESHOLDS).findings.length === 1;
    const kernels = ['6.1.0-18-amd64', '6.1.0-21-amd64'];
    expect(due({ kernels })).toBe(true);
    expect(due({ rebootRequired: true })).toBe(true);
    expect(due({ kernels, container: 'lxc' })).toBe(false);
    expect(due({ kernels: ['6.1.0-18-amd64', '6.1.0-21-cloud-amd64'] })).toBe(false);
    const pi = ['6.6.31+rpt-rpi-v8', '6.6.31+rpt-rpi-2712'];
    expect(due({ kernel: '6.6.31+rpt-rpi-v8', kernels: pi })).toBe(false);
  });

  test('clock', () => {
    const check = (change: Partial<StatusFacts>, offset = 0) =>
      brief(checkClock({ ...healthy, ...change }, offset, THRESHOLDS));
    expect(check({})).toEqual(['synchronised']);
    expect(check({ clockSynchronised: false })).toHaveLength(2);
    expect(check({ clockSynchronised: false, container: 'lxc' })).toHaveLength(1);
    expect(check({}, -60_000).at(-1)).toBe("warning: its clock is 60 s behind this machine's");
  });
});
