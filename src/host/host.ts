/** A program and its arguments: commands are data, quoting happens in {@link file://./quote.ts}. */
export type Argv = readonly [program: string, ...args: string[]];

/** What a finished command left behind. Only `code === 0` is success. */
export interface ExecResult {
  /** Exit status; `null` when the command was ended by a signal or its channel died. */
  readonly code: number | null;
  /** `KILL`, without SIG, when the command was ended by a signal that the host names. */
  readonly signal?: string;
  /** UTF-8 text, cut at the limit given in {@link ExecOptions.maxOutputBytes}. */
  readonly stdout: string;
  readonly stderr: string;
}

export interface ExecOptions {
  /** Sent to the command's standard input, which is then closed. */
  readonly input?: Uint8Array | string;
  /** Called with each complete line of standard output as it arrives, without its newline. */
  readonly onLine?: (line: string) => void;
  /** Milliseconds after which the command is given up with a {@link file://./errors.ts HostError}. */
  readonly timeoutMs?: number;
  /** Bytes kept of each stream; a host that sends more is cut off with an error. Default 32 MiB. */
  readonly maxOutputBytes?: number;
  /** What it prints is not for logs: contents of files, in a form that hides what is a secret. */
  readonly confidential?: true;
}

/**
 * A machine to talk to, as root. Implementations: `ssh.ts`, `local.ts`; the only users of node-ssh
 * and execa.
 */
export interface Host {
  /** How the operator calls it: a name, an address or `localhost`. For messages. */
  readonly name: string;
  /** Runs a command as root and waits for its end. Rejects only when the command could not be run to its end. */
  exec(argv: Argv, options?: ExecOptions): Promise<ExecResult>;
  /** Ends the connection. Safe to call twice. */
  close(): Promise<void>;
  /** Connections opened and commands executed so far, for the benchmarks and `--json`. */
  readonly counters: { readonly connections: number; readonly execs: number };
}
