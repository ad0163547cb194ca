/** What was seen of a living relay: plain data, JSON-safe. Times are milliseconds since 1970, sizes bytes. */

/** One run of cmdeploy on the host, from its folder there. */
export interface RunFact {
  /** `20261122T183000123Z` */
  readonly id: string;
  /** Version of the cmdeploy that ran; undefined when its script cannot be read. */
  readonly version?: string;
  /** Exit status; undefined while it runs, or when it was cut short. */
  readonly code?: number;
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
  /** Newest first. */
  readonly runs: readonly RunFact[];
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
  /** Whether the relay's own resolver gets answers from beyond the host. */
  readonly resolverAnswers?: boolean;
  readonly nameservers: readonly string[];
}
