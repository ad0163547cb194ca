/** What was observed on a host: plain data, JSON-safe. Names that were not found are not there. */
import type { MachineFacts, NetworkQuery } from './machine-facts.ts';
import type { OpenRun } from './run-info.ts';
import type { Precondition } from './state.ts';

export interface SystemFacts {
  /** `ID` and `VERSION_ID` of os-release(5); empty where missing. */
  readonly id: string;
  readonly version: string;
  readonly prettyName: string;
  /** Debian's name: amd64, arm64, armhf. */
  readonly architecture: string;
  /** Whether systemd runs the host. */
  readonly systemd: boolean;
  /** Effective user of the commands. */
  readonly uid: number;
}

export type FileType = 'file' | 'directory' | 'link' | 'other';

export interface FileFact {
  readonly type: FileType;
  readonly user: string;
  readonly group: string;
  readonly mode: number;
  /** Of regular files (through links): lower-case hex. */
  readonly sha256?: string;
  /** Of links. */
  readonly target?: string;
}

export interface UserFact {
  readonly home: string;
  readonly groups: readonly string[];
}

export interface UnitFact {
  /** systemd's LoadState: loaded, not-found, masked, bad-setting ... */
  readonly load: string;
  /** systemd's ActiveState: active, inactive, failed, activating ... */
  readonly active: string;
  /** systemd's UnitFileState: enabled, disabled, static, masked ... or empty. */
  readonly file: string;
  /** Whether its files changed on disk since systemd read them. */
  readonly needsDaemonReload: boolean;
}

/** A socket that something listens on. */
export interface ListenerFact {
  readonly protocol: 'tcp' | 'udp';
  /** As `ss` prints it: `0.0.0.0`, `[::]`, `*`, `127.0.0.1`. */
  readonly address: string;
  readonly port: number;
  /** Program name, and the systemd unit it belongs to; empty when unknown. */
  readonly program: string;
  readonly unit: string;
}

/** Input of a unit or refresh -> its hash or version at the last successful start. */
export type Stamp = Readonly<Record<string, string>>;

/** What the runs before have left on record. */
export interface RecordFacts {
  /** Id of the run that began last. */
  readonly lastRun?: string;
  /** The generation that the host runs; none before a deployment has been found healthy. */
  readonly generation?: number;
  /** Whether the last deployment was found unhealthy and could not be undone. */
  readonly broken: boolean;
  /** A run that has neither finished nor been undone. */
  readonly open?: OpenRun;
}

export interface Facts {
  readonly system: SystemFacts;
  /** Installed packages -> version. */
  readonly packages: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, FileFact>>;
  readonly users: Readonly<Record<string, UserFact>>;
  readonly units: Readonly<Record<string, UnitFact>>;
  readonly stamps: Readonly<Record<string, Stamp>>;
  readonly listeners: readonly ListenerFact[];
  /** Precondition -> what is wrong, in words; those that hold are not there. */
  readonly preconditions: Readonly<Record<string, readonly string[]>>;
  readonly machine: MachineFacts;
  readonly records: RecordFacts;
}

/** What to look at; the rest of a host is none of our business. */
export interface Query {
  readonly packages: readonly string[];
  readonly paths: readonly string[];
  /** Folders whose files and links are all looked at. */
  readonly trees: readonly string[];
  readonly users: readonly string[];
  readonly units: readonly string[];
  readonly preconditions: readonly Pick<Precondition, 'name' | 'script' | 'firstDeploy'>[];
  /** Nothing is tried in the network when left out. */
  readonly network?: NetworkQuery;
}
