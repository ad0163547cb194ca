import type { Plan } from '../plan.ts';

/** What an operator should agree to before it is done; empty lists: nothing. */
export interface Consent {
  /** Paths of files and links that go. */
  readonly removed: readonly string[];
  /** Units that are stopped for good. */
  readonly stopped: readonly string[];
  /** Units that people are connected to and that are restarted. */
  readonly disconnecting: readonly string[];
}

/** @param userFacing units that people are connected to */
export const consentFor = ({ steps }: Plan, userFacing: readonly string[]): Consent => ({
  removed: steps.flatMap((step) => (step.kind === 'remove' ? [step.path] : [])),
  stopped: steps.flatMap((step) =>
    step.kind === 'forbid-unit' || step.kind === 'retire-unit' ? [step.unit] : [],
  ),
  disconnecting: steps.flatMap((step) =>
    step.kind === 'restart' && userFacing.includes(step.unit) ? [step.unit] : [],
  ),
});
