/** Disk and memory. */
import type { Facts } from '../facts.ts';
import type { DesiredState } from '../state.ts';
import { error, type Finding, warning } from './finding.ts';

/** What a run needs: packages with their archives and some mail, or staged files and logs only. */
const NEEDED = {
  install: { diskKib: 1024 * 1024, inodes: 20_000 },
  update: { diskKib: 64 * 1024, inodes: 1000 },
} as const;

/** Machines that are sold as 512 MB have a little less; with half of it the daemons do not fit. */
const LEAST_MEMORY_KIB = 384 * 1024;

/** apt and the daemons' first start; below it the kernel begins to end processes. */
const INSTALL_MEMORY_KIB = 192 * 1024;
/** A checker of a daemon's configuration and a restart. */
const UPDATE_MEMORY_KIB = 64 * 1024;

const needsPackages = (state: DesiredState, facts: Facts): boolean =>
  state.packages.some((name) => facts.packages[name] === undefined);

export const checkDisks = (state: DesiredState, facts: Facts): Finding[] => {
  const needed = needsPackages(state, facts) ? NEEDED.install : NEEDED.update;
  return facts.machine.disks.flatMap(({ mount, freeKib, freeInodes }) => {
    const findings: Finding[] = [];
    if (freeKib < needed.diskKib) {
      const what = `${mount} has ${mebibytes(freeKib)} free, ${mebibytes(needed.diskKib)} are needed`;
      findings.push(error(what, 'make room (apt-get clean, old logs) or enlarge the disk'));
    }
    if (freeInodes !== undefined && freeInodes < needed.inodes) {
      const what = `${mount} has room for ${freeInodes} more files (inodes), ${needed.inodes} are needed`;
      const fix = `remove folders with many small files: du --inodes -x ${mount} | sort -n | tail`;
      findings.push(error(what, fix));
    }
    return findings;
  });
};

export const checkMemory = (state: DesiredState, facts: Facts): Finding[] => {
  const { memory, deployed } = facts.machine;
  if (memory === undefined) return [];
  const findings: Finding[] = [];
  if (memory.totalKib < LEAST_MEMORY_KIB) {
    const what = `it has ${mebibytes(memory.totalKib)} of memory, ${mebibytes(LEAST_MEMORY_KIB)} are needed`;
    findings.push((deployed ? warning : error)(what, 'use a host with 512 MB or more'));
  }
  const needed = needsPackages(state, facts) ? INSTALL_MEMORY_KIB : UPDATE_MEMORY_KIB;
  if (memory.availableKib < needed) {
    const what = `${mebibytes(memory.availableKib)} of memory are available, ${mebibytes(needed)} are needed`;
    const fix = 'see what uses it (ps aux --sort=-rss), stop that, or add memory or swap';
    findings.push(error(what, fix));
  }
  return findings;
};

const mebibytes = (kib: number): string => `${Math.floor(kib / 1024)} MiB`;
