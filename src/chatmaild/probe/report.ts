import type { StepResult } from './steps.ts';

/** What a probe found; printed as one line of JSON. */
export interface ProbeReport {
  readonly ok: boolean;
  readonly steps: readonly StepResult[];
  /** What is worth a word although it is no failure. */
  readonly notes: readonly string[];
  /** Milliseconds from handing a message over to its announcement in another account. */
  readonly deliveryMs?: number;
  readonly ms: number;
}

/** For the log of a run. */
export const inText = ({ ok, steps, notes, deliveryMs, ms }: ProbeReport): string => {
  const failed = steps.filter((step) => !step.ok);
  const delivery = deliveryMs === undefined ? '' : `, a message took ${deliveryMs} ms`;
  return [
    ok ? `the relay works: probed in ${ms} ms${delivery}` : 'the relay does not do its job:',
    ...failed.map(({ name, error }) => `  ${name}: ${error ?? 'failed'}`),
    ...notes.map((note) => `  note: ${note}`),
  ].join('\n');
};
