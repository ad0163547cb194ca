/** Whether the host has room for another account. */
import { access, readFile, statfs } from 'node:fs/promises';
import { loadavg } from 'node:os';

export interface CapacityLimits {
  readonly max_load_1m: number;
  /** Bytes. */
  readonly min_available_memory: number;
  /** Bytes. */
  readonly min_free_disk_space: number;
}

export interface Capacity {
  /** The operator's switch, a file, is there. */
  readonly creationSwitchedOff: boolean;
  readonly load1m: number;
  readonly availableMemoryBytes: number;
  readonly freeDiskBytes: number;
}

/** Why no account is made for now; strangers read these. */
export const SHORTAGES = {
  switchedOff: 'account creation is switched off',
  load: 'the server is too busy',
  memory: 'the server is short of memory',
  disk: 'the server is short of disk',
} as const;

/** What the host lacks for another account, in words without numbers, or undefined. */
export const shortage = (capacity: Capacity, limits: CapacityLimits): string | undefined => {
  if (capacity.creationSwitchedOff) return SHORTAGES.switchedOff;
  if (capacity.load1m > limits.max_load_1m) return SHORTAGES.load;
  if (capacity.availableMemoryBytes < limits.min_available_memory) return SHORTAGES.memory;
  if (capacity.freeDiskBytes < limits.min_free_disk_space) return SHORTAGES.disk;
  return undefined;
};

/** Observes this host. `disk` is a folder on the file system of the mail store. */
export const measureCapacity = async (disk: string, nocreateFile: string): Promise<Capacity> => {
  const [creationSwitchedOff, meminfo, disks] = await Promise.all([
    exists(nocreateFile),
    readFile('/proc/meminfo', 'latin1'),
    statfs(disk),
  ]);
  return {
    creationSwitchedOff,
    load1m: loadavg()[0] ?? 0,
    availableMemoryBytes: availableMemory(meminfo),
    freeDiskBytes: disks.bavail * disks.bsize,
  };
};

/** Bytes of `MemAvailable` in the text of /proc/meminfo (proc_meminfo(5)). */
export const availableMemory = (meminfo: string): number => {
  const kilobytes = /^MemAvailable:\s+(\d+) kB$/m.exec(meminfo)?.[1];
  if (kilobytes === undefined) throw new Error('/proc/meminfo has no MemAvailable');
  return Number(kilobytes) * 1024;
};

const exists = async (path: string): Promise<boolean> => {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
};
