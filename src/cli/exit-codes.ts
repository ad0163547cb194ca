/** What a command's exit code means to scripts; documented, so numbers do not change. */
export const EXIT = {
  ok: 0,
  /** The command did not do what it should: a step failed, the connection was lost, a bug. */
  failed: 1,
  /** Wrong options or a wrong chatmail.ini; nothing was connected to. */
  usage: 2,
  /** The host is unreachable, its key is not trusted, or it does not let us in. */
  unreachable: 3,
  /** The host is not one to deploy to; nothing on it was touched. */
  refused: 4,
  /** The operator stopped it, by Ctrl-C or by not agreeing. As a shell has it: 128 + SIGINT. */
  interrupted: 130,
  /** What was deployed was not healthy; the generation before it is back, and healthy. */
  rolledBack: 5,
  /** What was deployed is not healthy, and there was no way back: look at the host. */
  broken: 6,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Of `cmdeploy dns` when it could check; the worst of what it found. */
export const DNS_EXIT = { fine: 0, recommended: 1, required: 2 } as const;

/** Of `cmdeploy status` when it could look; `EXIT.unreachable` when it could not. */
export const STATUS_EXIT = { ok: 0, warning: 1, error: 2 } as const;
