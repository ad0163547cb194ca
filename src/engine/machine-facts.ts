/** What was observed of the machine below: plain data, JSON-safe. Undefined could not be found out. */

/** A file system that holds something of ours. */
export interface DiskFact {
  readonly mount: string;
  readonly freeKib: number;
  /** Files that can still be made; undefined where the file system does not count them. */
  readonly freeInodes?: number;
}

export interface MemoryFact {
  readonly totalKib: number;
  /** `MemAvailable` of proc(5) and the free swap. */
  readonly availableKib: number;
}

export interface NameserverFact {
  readonly address: string;
  /** Whether it answers at all, "no such name" too. */
  readonly answers: boolean;
}

/** What came of a connection to another host. Names that do not resolve are not there. */
export interface OutboundFact {
  readonly host: string;
  /** `filtered`: no answer. */
  readonly result: 'open' | 'refused' | 'filtered';
  /** The system's word for it: `Connection refused`. */
  readonly reason: string;
}

/** What decides whether a newer kernel waits to be booted. */
export interface KernelFacts {
  /** `lxc`, `systemd-nspawn` ...; undefined on a machine with its own kernel. */
  readonly container?: string;
  /** Debian's note that an update wants a reboot. */
  readonly rebootRequired: boolean;
  /** `uname -r`. */
  readonly kernel?: string;
  /** Installed kernels by rising version. */
  readonly kernels: readonly string[];
}

export interface MachineFacts extends KernelFacts {
  /** Whether a deploy of ours ever began to change it. */
  readonly deployed: boolean;
  /** Its clock during the look, ms since 1970. */
  readonly now?: number;
  /** How far its clock is ahead of the operator's, beyond what the round trip leaves open; ms. */
  readonly clockOffsetMs?: number;
  readonly clockSynchronised?: boolean;
  readonly memory?: MemoryFact;
  /** Of /var and /usr, each file system once. */
  readonly disks: readonly DiskFact[];
  /** Of its interfaces, without loopback and link-local ones. */
  readonly addresses: readonly string[];
  /** IP versions for which there is a default route. */
  readonly routes: readonly (4 | 6)[];
  /** Where the names lead by which it is to be reached. */
  readonly reachedAt: readonly string[];
  /** Whether its host name is in the DNS. */
  readonly ownNameResolves: boolean;
  readonly nameservers: readonly NameserverFact[];
  readonly outbound: readonly OutboundFact[];
}

/** What to try in the network. */
export interface NetworkQuery {
  /** Names by which the host is to be reached. */
  readonly names: readonly string[];
  readonly outbound: { readonly port: number; readonly hosts: readonly string[] };
}
