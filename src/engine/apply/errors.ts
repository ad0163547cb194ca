import type { FailureOutcome } from '../events.ts';
import { APPLY_UNIT } from '../layout.ts';
import type { OpenRun } from '../run-info.ts';

/** What did not succeed: a step, a gate, or the look from outside. */
export interface StepFailure {
  /** Continues "could not": `restart dovecot.service`. */
  readonly title: string;
  /** Exit status; -1 when there is none. */
  readonly code: number;
  /** The last lines that it printed. */
  readonly output: readonly string[];
}

export interface FailedRun {
  readonly failure: StepFailure;
  readonly outcome: FailureOutcome;
  /** What the undo said that did not succeed; empty when it did, or when nothing could be undone. */
  readonly undoOutput: readonly string[];
  /** Whether there was no generation to go back to. */
  readonly first: boolean;
  /** Path of the whole log on the host. */
  readonly log: string;
}

/** A plan was not carried out to its end, or the relay was not healthy afterwards. */
export class ApplyFailedError extends Error implements FailedRun {
  readonly host: string;
  readonly failure: StepFailure;
  readonly outcome: FailureOutcome;
  readonly undoOutput: readonly string[];
  readonly first: boolean;
  readonly log: string;
  constructor(host: string, run: FailedRun) {
    super([...describeFailure(host, run.failure), ...describeOutcome(run)].join('\n'));
    this.name = 'ApplyFailedError';
    this.host = host;
    this.failure = run.failure;
    this.outcome = run.outcome;
    this.undoOutput = run.undoOutput;
    this.first = run.first;
    this.log = run.log;
  }
}

const describeFailure = (host: string, { title, code, output }: StepFailure): string[] => [
  `${host}: could not ${title}${code >= 0 ? ` (exit status ${code})` : ''}`,
  ...output.map((line) => `  ${line}`),
];

const describeOutcome = ({ outcome, first, undoOutput, log }: FailedRun): string[] => {
  const where = `The whole log is on the host: ${log}`;
  if (outcome === 'rolled-back') {
    return [where, 'What was there before is back and was found healthy.'];
  }
  if (first) {
    return [
      where,
      'There was nothing to go back to; when the cause is mended, run again and it goes on from here.',
    ];
  }
  return [
    'What was there before was brought back, but it is not healthy either:',
    ...undoOutput.map((line) => `  ${line}`),
    where,
    'Look at the host (cmdeploy status), mend the cause and run again.',
  ];
};

/** Another cmdeploy is changing the host. */
export class HostBusyError extends Error {
  readonly host: string;
  /** The run under way, as far as the host could tell. */
  readonly run: OpenRun | undefined;
  /** Continues "another run": `, by alice@laptop from 192.0.2.7 since ...`; empty when not known. */
  readonly holder: string;
  constructor(host: string, run?: OpenRun) {
    const holder = describeRun(run);
    super(
      `${host}: another run is under way there${holder} (unit ${APPLY_UNIT}); wait for its end and run again`,
    );
    this.name = 'HostBusyError';
    this.host = host;
    this.run = run;
    this.holder = holder;
  }
}

const describeRun = (run: OpenRun | undefined): string => {
  const who = run?.info ? `, by ${run.info.who}` : '';
  const from = run?.from ? ` from ${run.from}` : '';
  const since = run?.since ? ` since ${new Date(run.since).toISOString()}` : '';
  return `${who}${from}${since}`;
};

/** The host has changed since it was examined: another run has been there, or one was undone. */
export class PlanOutdatedError extends Error {
  constructor(host: string) {
    super(`${host}: it was changed while the plan was made; run again`);
    this.name = 'PlanOutdatedError';
  }
}

/** The operator stopped it before anything was changed. */
export class StoppedError extends Error {
  constructor(host: string) {
    super(`${host}: stopped; nothing was changed`);
    this.name = 'StoppedError';
  }
}
