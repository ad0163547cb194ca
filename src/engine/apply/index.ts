import { RemoteCommandError } from '../../host/errors.ts';
import type { Host } from '../../host/host.ts';
import type { Emit } from '../events.ts';
import type { Examination } from '../examine.ts';
import { encodeState } from '../history/stored-state.ts';
import { APPLY_UNIT, RUN_DIR } from '../layout.ts';
import { describeStep } from '../plan.ts';
import type { RunInfo } from '../run-info.ts';
import type { Verdict, Witness } from '../witness.ts';
import { ApplyFailedError, PlanOutdatedError } from './errors.ts';
import { ApplyFollower } from './follow.ts';
import { bundle, LAUNCH_EXIT, launcher, MAX_RUN_SECONDS } from './launch.ts';
import { runFiles } from './script.ts';

export interface ApplyOptions {
  readonly info: RunInfo;
  readonly witness?: Witness;
  /** Aborted: the host is told to go back. */
  readonly signal?: AbortSignal;
}

export interface Applied {
  /** Of follow-ups. */
  readonly notices: readonly string[];
  readonly generation: number;
}

/** Milliseconds to tell the host something beside the run. */
const TELL_TIMEOUT_MS = 15_000;

/** The run's folder may be on its way yet. */
const TELL = `for _ in $(seq 50); do [ ! -d "\${2%/*}" ] || break; sleep 0.2; done
printf %s "$1" > "$2.new" && mv -fT "$2.new" "$2"`;

/** Ends the command that runs, too; what the unit has done is undone then. */
const TELL_AND_STOP = `${TELL} && systemctl --no-block stop ${APPLY_UNIT}`;

/**
 * Carries out a plan. Resolves when every step succeeded and the host is healthy.
 *
 * @throws {ApplyFailedError} a step or a gate failed, or the witness complained; the host has gone back
 * @throws {PlanOutdatedError} the host is not as it was examined any more; nothing was changed
 */
export const apply = async (
  host: Host,
  { platform, plan, state, whole, facts }: Examination,
  emit: Emit,
  options: ApplyOptions,
): Promise<Applied> => {
  const runId = newRunId(new Date());
  const text = bundle(
    runFiles(plan, state, {
      runId,
      info: options.info,
      witnessed: options.witness !== undefined,
      whole,
      stateFile: encodeState({ version: options.info.version, platform, state: whole }),
    }),
  );
  const argv = launcher(runId, text, facts.records.lastRun ?? '', options.info.who);
  const judge = new Judge(host, runId, emit, options);
  const follower = new ApplyFollower(plan.steps.map(describeStep), emit, () => judge.gatesPassed());
  const result = await judge.during(() =>
    host.exec(argv, {
      input: text,
      onLine: (line) => follower.line(line),
      timeoutMs: 2 * MAX_RUN_SECONDS * 1000,
    }),
  );
  // Another run has begun since the look, or has come and gone: the next look tells which.
  if (result.code === LAUNCH_EXIT.busy || result.code === LAUNCH_EXIT.outdated) {
    throw new PlanOutdatedError(host.name);
  }
  if (follower.ended && follower.generation !== undefined) {
    return { notices: follower.notices, generation: follower.generation };
  }
  if (follower.failure === undefined && result.code !== 0) {
    throw new RemoteCommandError(host.name, argv, result);
  }
  throw new ApplyFailedError(host.name, {
    failure: judge.complaint ?? follower.failure ?? follower.interrupted(),
    outcome: follower.outcome ?? 'broken',
    undoOutput: follower.undoOutput,
    first: follower.first,
    log: `${RUN_DIR}/${runId}/log`,
  });
};

/** Sortable by time: `20261122T183000123Z`. */
const newRunId = (now: Date): string => now.toISOString().replace(/[-:.]/g, '');

/** Tells the host of a run, beside following it, whether it may stay. */
class Judge {
  /** Why the host was told to go back. */
  complaint: { title: string; code: number; output: readonly string[] } | undefined;

  private readonly host: Host;
  private readonly runId: string;
  private readonly emit: Emit;
  private readonly options: ApplyOptions;
  private work: Promise<void> = Promise.resolve();

  constructor(host: Host, runId: string, emit: Emit, options: ApplyOptions) {
    this.host = host;
    this.runId = runId;
    this.emit = emit;
    this.options = options;
  }

  /** Runs `run`, and until it ends passes on what the operator wants. */
  async during<T>(run: () => Promise<T>): Promise<T> {
    const { signal } = this.options;
    const stop = (): void => this.stop();
    signal?.addEventListener('abort', stop, { once: true });
    try {
      return await run();
    } finally {
      signal?.removeEventListener('abort', stop);
      await this.work;
    }
  }

  gatesPassed(): void {
    const { witness } = this.options;
    if (witness) this.work = this.work.then(() => this.hear(witness));
  }

  private stop(): void {
    this.complaint = { title: 'go on', code: -1, output: ['it was stopped by the operator'] };
    this.emit({ kind: 'stopping' });
    this.work = this.work.then(() => this.tell('undo', TELL_AND_STOP));
  }

  /** A witness that fails has seen nothing: the host's own judgement counts. */
  private async hear(witness: Witness): Promise<void> {
    this.emit({ kind: 'witness-started' });
    const complaints = await witness.after().catch(() => []);
    this.emit({ kind: 'witness-finished', complaints });
    if (complaints.length > 0) {
      this.complaint ??= {
        title: 'see from here what worked before',
        code: -1,
        output: complaints,
      };
    }
    await this.tell(this.complaint === undefined ? 'keep' : 'undo');
  }

  /** When it does not arrive, the host decides by itself. */
  private async tell(verdict: Verdict, script = TELL): Promise<void> {
    const file = `${RUN_DIR}/${this.runId}/verdict`;
    // A host that could not be told shows by how the run ends.
    await this.host
      .exec(['sh', '-c', script, 'sh', verdict, file], { timeoutMs: TELL_TIMEOUT_MS })
      .catch(() => undefined);
  }
}
