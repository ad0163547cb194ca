/** What is used on a host: memory, disk. */
import type { LabHost } from '../../test/support/cmdeploy.ts';
import { scriptOnHost } from './lab.ts';

/**
 * PSS in KiB by systemd unit: the memory of its processes, with pages that several processes use
 * counted in equal shares (proc_pid_smaps(5)).
 */
export type Memory = Readonly<Record<string, number>>;

export interface DiskUse {
  readonly packages: number;
  /** Sum of the packages' Installed-Size. */
  readonly installedKib: number;
  /** Of the root file system. */
  readonly usedKib: number;
  /** In /var/cache/apt and /var/lib/apt/lists, which apt-get clean and time remove. */
  readonly aptKib: number;
}

/** One line a process: PSS and cgroup. */
const MEMORY_SCRIPT = `
for process in /proc/[0-9]*; do
  cgroup=$(tail -n 1 "$process/cgroup" 2>/dev/null) || continue
  pss=$(awk '$1 == "Pss:" { print $2 }' "$process/smaps_rollup" 2>/dev/null) || continue
  if [ -n "$pss" ]; then echo "$pss $cgroup"; fi
done`;

/**
 * Lines of `PSS HIERARCHY:CONTROLLER:PATH`; a process belongs to the last unit in its path. Logins,
 * ours among them, do not count.
 */
export const parseMemory = (output: string): Memory => {
  const memory: Record<string, number> = {};
  for (const line of output.split('\n')) {
    const match = /^(\d+) .*\/([^/]+\.(?:service|scope))(?:\/|$)/.exec(line);
    if (match?.[1] === undefined || match[2] === undefined) continue;
    if (line.includes('/user.slice/')) continue;
    memory[match[2]] = (memory[match[2]] ?? 0) + Number(match[1]);
  }
  return memory;
};

export const memoryByUnit = async (host: LabHost): Promise<Memory> =>
  parseMemory(await scriptOnHost(host, MEMORY_SCRIPT));

/** Processes that serve one IMAP connection each; a hibernated connection has none. */
export const imapProcesses = async (host: LabHost): Promise<number> =>
  Number(await scriptOnHost(host, 'pgrep --exact --count imap || true'));

export const diskUse = async (host: LabHost): Promise<DiskUse> => {
  const output = await scriptOnHost(
    host,
    `dpkg-query --show --showformat='\${db:Status-Status} \${Installed-Size}\\n' |
  awk '$1 == "installed" { count += 1; size += $2 } END { print count; print size }'
sync
df --output=used --block-size=1K / | tail -n 1
du --summarize --total --block-size=1K /var/cache/apt /var/lib/apt/lists | awk 'END { print $1 }'`,
  );
  const [packages = 0, installedKib = 0, usedKib = 0, aptKib = 0] = output
    .trim()
    .split('\n')
    .map(Number);
  return { packages, installedKib, usedKib, aptKib };
};
