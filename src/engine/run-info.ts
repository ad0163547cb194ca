/** Who does what to a host, noted there for those who come later. */
export interface RunInfo {
  /** `alice@laptop`: the operator's user and machine. */
  readonly who: string;
  /** Of cmdeploy. */
  readonly version: string;
  /** What is going to change, a few short lines; see `summarise`. */
  readonly summary: readonly string[];
  /** The generation that is deployed again by a rollback. */
  readonly as?: number;
}

/** A run that has begun, as the host tells it. */
export interface OpenRun {
  readonly runId: string;
  /** Whether it is at work; else it was cut off by a power loss or a kill and waits to be undone. */
  readonly active: boolean;
  /** Unix time, milliseconds, by the host's clock. */
  readonly since?: number;
  /** Address it was started from; `local` on the host itself. */
  readonly from?: string;
  readonly info?: RunInfo;
}
