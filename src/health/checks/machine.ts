/** The machine below the relay. */
import { needsReboot } from '../../engine/preflight/reboot.ts';
import type { DiskFact, StatusFacts } from '../facts.ts';
import { error, type Finding, type Item, warning } from '../finding.ts';
import { count, formatAge, formatBytes, listSome } from '../text.ts';
import type { Thresholds } from '../thresholds.ts';

/** Limits of chatmail.ini below or above which no account is made; bytes. */
export interface CreationLimits {
  readonly min_free_disk_space: number;
  readonly min_available_memory: number;
  readonly max_load_1m: number;
}

const NO_ACCOUNTS = 'no account is made until then';

export const checkDisk = (
  { disks }: StatusFacts,
  limits: CreationLimits,
  thresholds: Thresholds,
): Item => ({
  name: 'disk',
  text: disks
    .map(
      ({ mount, available, size }) =>
        `${mount} ${formatBytes(available)} of ${formatBytes(size)} free`,
    )
    .join('; '),
  findings: disks.flatMap((disk) => [
    ...checkSpace(disk, limits, thresholds),
    ...checkInodes(disk, thresholds),
  ]),
});

const ROOM = 'make room (apt-get clean, old files in /home) or enlarge the disk';

const checkSpace = (
  { mount, available, size }: DiskFact,
  { min_free_disk_space }: CreationLimits,
  { criticalDiskBytes, freeDiskShare }: Thresholds,
): Finding[] => {
  const free = `${mount} has ${formatBytes(available)} free`;
  if (available < criticalDiskBytes) return [error(`${free}: mail is refused soon`, ROOM)];
  if (available < min_free_disk_space) {
    return [warning(`${free}, below min_free_disk_space: ${NO_ACCOUNTS}`, ROOM)];
  }
  return available < size * freeDiskShare ? [warning(free, ROOM)] : [];
};

const checkInodes = (
  { mount, inodes, freeInodes }: DiskFact,
  { freeInodeShare }: Thresholds,
): Finding[] => {
  const what = `${mount} has room for ${count(freeInodes, 'more file')} only (inodes)`;
  return inodes > 0 && freeInodes < inodes * freeInodeShare ? [warning(what, ROOM)] : [];
};

export const checkMemory = ({ memory }: StatusFacts, limits: CreationLimits): Item => {
  if (memory === undefined) return { name: 'memory', text: 'not known', findings: [] };
  const { total, available, swapTotal, swapFree } = memory;
  const swap = swapTotal === 0 ? 'no swap' : `${formatBytes(swapTotal - swapFree)} swapped`;
  const what = `${formatBytes(available)} of memory are available, below min_available_memory: ${NO_ACCOUNTS}`;
  return {
    name: 'memory',
    text: `${formatBytes(available)} of ${formatBytes(total)} available, ${swap}`,
    findings:
      available < limits.min_available_memory
        ? [warning(what, 'find what uses it (systemctl status, top), or get more')]
        : [],
  };
};

export const checkLoad = (
  { load, cores }: StatusFacts,
  { max_load_1m }: CreationLimits,
  { loadPerCore }: Thresholds,
): Item => {
  if (load === undefined) return { name: 'load', text: 'not known', findings: [] };
  const [one, , fifteen] = load;
  const fix = 'find what keeps it busy: top on the host';
  const findings: Finding[] = [];
  if (one > max_load_1m) {
    findings.push(warning(`the load is ${one}, above max_load_1m: ${NO_ACCOUNTS}`, fix));
  }
  if (fifteen > loadPerCore * cores) {
    findings.push(
      warning(`the load is ${fifteen} for 15 minutes, on ${count(cores, 'core')}`, fix),
    );
  }
  return { name: 'load', text: `${load.join(' ')} on ${count(cores, 'core')}`, findings };
};

export const checkUpdates = (facts: StatusFacts, { packageListsMs }: Thresholds): Item => {
  const { updates, now } = facts;
  const reboot = needsReboot(facts);
  const findings: Finding[] = [];
  const security = updates.security ?? [];
  if (security.length > 0) {
    const what = `${count(security.length, 'security update')} waiting: ${listSome(security)}`;
    findings.push(warning(what, 'apt-get upgrade on the host, then cmdeploy run for the restarts'));
  }
  const age = updates.listsAt === undefined ? undefined : now - updates.listsAt;
  if (age !== undefined && age > packageListsMs) {
    const what = `the host last looked for updates ${formatAge(age)} ago`;
    findings.push(warning(what, 'apt-get update on the host; unattended-upgrades does it daily'));
  }
  if (updates.security === undefined) {
    const what = 'the host has no list of security updates';
    findings.push(warning(what, 'name the debian-security archive to apt, then apt-get update'));
  }
  if (reboot) findings.push(warning('an update waits for a reboot', 'reboot when it suits'));
  const known = updates.security === undefined ? 'not known' : `${security.length} for security`;
  return { name: 'updates', text: `${known}${reboot ? ', reboot needed' : ''}`, findings };
};

/**
 * @param offsetMs how far the host's clock is ahead of the operator's, as far as the length of the
 *   look allows to tell; undefined when it cannot be told
 */
export const checkClock = (
  { container, clockSynchronised }: StatusFacts,
  offsetMs: number | undefined,
  { clockOffsetMs }: Thresholds,
): Item => {
  const findings: Finding[] = [];
  const offset = offsetMs ?? 0;
  const relation = `${formatAge(Math.abs(offset))} ${offset > 0 ? 'ahead of' : 'behind'} this machine's`;
  const wrong = Math.abs(offset) > clockOffsetMs;
  if (wrong) {
    findings.push(
      warning(`its clock is ${relation}`, 'see which is right; on the host: timedatectl'),
    );
  }
  // A container has its host's clock.
  if (clockSynchronised === false && container === undefined) {
    findings.push(
      warning('its clock is not synchronised', 'apt-get install systemd-timesyncd on the host'),
    );
  }
  const synchronised =
    clockSynchronised === true ? 'synchronised' : container ? `of its host` : 'not synchronised';
  return { name: 'clock', text: wrong ? `${synchronised}, ${relation}` : synchronised, findings };
};
