import { APPLY_UNIT } from '../layout.ts';

/** A step that did not succeed. */
export interface StepFailure {
  readonly title: string;
  readonly code: number;
  /** The last lines that the step printed. */
  readonly output: readonly string[];
}

/** A plan was not carried out to its end. */
export class ApplyFailedError extends Error {
  readonly host: string;
  readonly failure: StepFailure;
  /** Path of the whole log on the host. */
  readonly log: string;
  constructor(host: string, failure: StepFailure, log: string) {
    super(
      [
        `${host}: could not ${failure.title} (exit status ${failure.code})`,
        ...failure.output.map((line) => `  ${line}`),
        `The whole log is on the host: ${log}`,
        'The steps before it are done; when the cause is mended, run again and it goes on from here.',
      ].join('\n'),
    );
    this.name = 'ApplyFailedError';
    this.host = host;
    this.failure = failure;
    this.log = log;
  }
}

/** Another cmdeploy is changing the host. */
export class HostBusyError extends Error {
  constructor(host: string) {
    super(
      `${host}: another run is under way there (unit ${APPLY_UNIT}); wait for its end and run again`,
    );
    this.name = 'HostBusyError';
  }
}
