import type { Plan } from '../plan.ts';

/** What users notice of a plan: nothing, a reload that keeps connections, or a restart. */
export interface Interruption {
  readonly level: 'none' | 'reload' | 'restart';
  /** Units that are restarted and reloaded; what is not running yet interrupts nobody. */
  readonly restarted: readonly string[];
  readonly reloaded: readonly string[];
}

export const interruptionOf = ({ steps }: Plan): Interruption => {
  const unitsOf = (kind: 'restart' | 'reload'): string[] =>
    steps.flatMap((step) => (step.kind === kind ? [step.unit] : []));
  const restarted = unitsOf('restart');
  const reloaded = unitsOf('reload');
  if (restarted.length > 0) return { level: 'restart', restarted, reloaded };
  return { level: reloaded.length > 0 ? 'reload' : 'none', restarted, reloaded };
};
