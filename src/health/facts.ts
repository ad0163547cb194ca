/** What was seen of a living relay: plain data, JSON-safe. Times are milliseconds since 1970, sizes bytes. */
import type { Result } from '../engine/history/record.ts';

/** One run of cmdeploy on the host, by what it left on record there. */
export interface RunFact {
  /** `20261122T183000123Z`, the name of its folder. */
  readonly id: string;
  readonly started?: number;
  /** `alice@laptop`. */
  readonly who?: string;
  /** Of cmdeploy. */
  readonly version?: string;
  /** Undefined while it runs, or when it was cut short. */
  readonly result?: Result;
  /** What the host had afterwards. */
  readonly generation?: number;
}

export interface ServiceFact {
  /** systemd's ActiveState and SubState: `failed`, `activating` with `auto-restart` ... */
  readonly active: string;
  readonly sub: string;
  readonly load: string;
  /** When it last went down. */
  readonly stoppedAt?: number;
  /** Units, mostly sockets, that start it when it is needed. */
  readonly triggeredBy: readonly string[];
}

export interface CertificateFact {
  readonly fingerprint: string;
  readonly notBefore: number;
  readonly notAfter: number;
}

export interface NamedCertificateFact extends CertificateFact {
  readonly names: readonly string[];
  readonly selfSigned: boolean;
}

/** What a TLS client was given on a port; nothing when there was no handshake. */
export interface ServedFact {
  readonly port: number;
  readonly certificate?: CertificateFact;
  /** There was no answer while the look lasted. */
  readonly late?: true;
}

/** How often something was seen; lists of these begin with the most frequent and are short. */
export interface Tally {
  readonly text: string;
  readonly count: number;
}

export interface WaitingFact extends Tally {
  /** When the oldest of its messages came. */
  readonly oldest?: number;
}

export interface QueueFact {
  readonly messages: number;
  readonly bytes: number;
  /** When the oldest message came; undefined when the queue is empty. */
  readonly oldest?: number;
  /** Domains of recipients that mail waits for. */
  readonly domains: readonly WaitingFact[];
  /** Why it waits, without names and addresses. */
  readonly reasons: readonly Tally[];
}

export interface DiskFact {
  readonly mount: string;
  readonly size: number;
  readonly available: number;
  /** 0 where the file system does not count them. */
  readonly inodes: number;
  readonly freeInodes: number;
}

export interface MemoryFact {
  readonly total: number;
  readonly available: number;
  readonly swapTotal: number;
  readonly swapFree: number;
}

export interface AccountsFact {
  readonly total: number;
  /** In the last 24 hours; undefined where the file system does not note when a file was made. */
  readonly created?: number;
  /** A login was noted within the last 24 hours; that happens at most once a day. */
  readonly active?: number;
}

/** When the timer of the nightly deletion started it, and will. */
export interface DeletionFact {
  readonly last?: number;
  readonly next?: number;
}

/** Push notifications that wait to be sent. */
export interface PushFact {
  readonly waiting: number;
  /** When the oldest was made. */
  readonly oldest?: number;
}

/** A message that was sent through the whole relay. */
export interface ProbeFact {
  /**
   * `done`: it came to an end; `late`: it did not while the look lasted; `absent`: the host has no probe;
   * `unreadable`: what it said made no sense.
   */
  readonly state: 'done' | 'late' | 'absent' | 'unreadable';
  /** When it began, by the operator's clock. */
  readonly at: number;
  readonly ok?: boolean;
  /** Milliseconds from handing a message over to its announcement in another account. */
  readonly deliveryMs?: number;
  /** The steps that failed, and why. */
  readonly failed: readonly { readonly name: string; readonly error: string }[];
  /** What is worth a word although it is no failure. */
  readonly notes: readonly string[];
}

/** What the operator's side sees of the zone. */
export interface DnsFact {
  /** `none`: a relay without a domain needs no records; `late`: no answer while the look lasted. */
  readonly state: 'asked' | 'late' | 'none';
  readonly zone?: string;
  readonly servers: number;
  readonly records: number;
  /** Those that are as they should be. */
  readonly right: number;
  readonly findings: readonly {
    readonly code: string;
    readonly level: 'required' | 'recommended';
    readonly impact: 'now' | 'later' | 'never' | 'unknown';
    readonly what: string;
  }[];
}

/** Counted per recipient since {@link TrafficFact.since}. */
export interface TrafficFact {
  /** Midnight on the host, or later when the journal does not reach back to it. */
  readonly since: number;
  /** Put into mailboxes here. */
  readonly delivered: number;
  /** Taken by other servers. */
  readonly sent: number;
  readonly bounced: number;
  /** Refused messages, by reason. */
  readonly refused: readonly Tally[];
  readonly refusedTotal: number;
}

export interface UpdatesFact {
  /** Packages that a security update waits for; undefined without a list of the security archive. */
  readonly security?: readonly string[];
  /** When the package lists were last looked for. */
  readonly listsAt?: number;
}

/** Undefined fields could not be found out, mostly because it took too long. */
export interface StatusFacts {
  readonly now: number;
  /** `lxc`, `systemd-nspawn` ...; undefined on a machine with its own kernel. */
  readonly container?: string;
  readonly clockSynchronised?: boolean;
  /** `mail_domain` of the chatmail.ini that was deployed. */
  readonly mailDomain?: string;
  /** Newest first, by their order on record. */
  readonly runs: readonly RunFact[];
  readonly deletion: DeletionFact;
  readonly push?: PushFact;
  readonly probe?: ProbeFact;
  readonly dns?: DnsFact;
  /** What follow-ups of the last deploy could not do, in their words. */
  readonly notices: readonly string[];
  readonly services: Readonly<Record<string, ServiceFact>>;
  /** All failed units of the host. */
  readonly failedUnits: readonly string[];
  /** Restarts by systemd in the last hour, by unit. */
  readonly restarts: Readonly<Record<string, number>>;
  /** The last words of failed units. */
  readonly logs: Readonly<Record<string, readonly string[]>>;
  /** The one on disk. */
  readonly certificate?: NamedCertificateFact;
  readonly served: readonly ServedFact[];
  readonly queue?: QueueFact;
  readonly disks: readonly DiskFact[];
  readonly memory?: MemoryFact;
  readonly load?: readonly [number, number, number];
  readonly cores: number;
  readonly accounts?: AccountsFact;
  /** Whether the file that stops the making of accounts is there. */
  readonly noCreate: boolean;
  readonly traffic?: TrafficFact;
  readonly updates: UpdatesFact;
  readonly rebootRequired: boolean;
  /** `uname -r`, and the installed kernels by rising version. */
  readonly kernel?: string;
  readonly kernels: readonly string[];
}
