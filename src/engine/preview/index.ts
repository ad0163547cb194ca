/** The runbook of a dry run: examine, read the files that would change. Writes nothing. */
import type { Host } from '../../host/host.ts';
import type { Emit } from '../events.ts';
import { type Blueprint, examine } from '../examine.ts';
import type { Plan } from '../plan.ts';
import type { Finding } from '../preflight/finding.ts';
import type { Platform } from '../state.ts';
import { diffFiles, type FileDiff } from './diff.ts';
import { type Interruption, interruptionOf } from './interruption.ts';
import { readFiles } from './live-files.ts';

export interface Preview {
  readonly platform: Platform;
  readonly plan: Plan;
  /** What the operator should know about the host. */
  readonly warnings: readonly Finding[];
  readonly files: readonly FileDiff[];
  readonly interruption: Interruption;
}

/** @throws what {@link examine} throws, and when the files cannot be read */
export const preview = async (host: Host, blueprint: Blueprint, emit: Emit): Promise<Preview> => {
  const { platform, state, plan, warnings } = await examine(host, blueprint, emit);
  const secrets = new Set(state.files.filter(({ secret }) => secret).map(({ path }) => path));
  const changed = plan.steps.flatMap((step) =>
    step.kind === 'write' && step.change === 'changed' && !secrets.has(step.path)
      ? [step.path]
      : [],
  );
  const files = diffFiles(plan, state, await readFiles(host, changed));
  return { platform, plan, warnings, files, interruption: interruptionOf(plan) };
};
