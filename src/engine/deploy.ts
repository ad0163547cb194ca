/** The runbook of a deploy: examine, apply. */
import { performance } from 'node:perf_hooks';
import type { Host } from '../host/host.ts';
import { apply } from './apply/index.ts';
import { compile } from './apply/script.ts';
import type { Emit } from './events.ts';
import { type Blueprint, examine } from './examine.ts';
import type { Plan } from './plan.ts';
import type { Finding } from './preflight/finding.ts';
import type { Platform } from './state.ts';

export interface DeployResult {
  readonly platform: Platform;
  readonly plan: Plan;
  readonly changed: boolean;
  /** What the operator should know about the host. */
  readonly warnings: readonly Finding[];
  /** What could not be done although the deploy succeeded, in words for the operator. */
  readonly notices: readonly string[];
  readonly ms: number;
}

/** @throws what {@link examine} and {@link apply} throw */
export const deploy = async (
  host: Host,
  blueprint: Blueprint,
  emit: Emit,
): Promise<DeployResult> => {
  const started = performance.now();
  const { platform, state, plan, warnings } = await examine(host, blueprint, emit);
  const changed = plan.steps.length > 0;
  const script = () => compile(plan, state, runId(new Date()), blueprint.version);
  const notices = changed ? await apply(host, plan, script(), emit) : [];
  const ms = Math.round(performance.now() - started);
  emit({ kind: 'finished', host: host.name, ms, changed, notices });
  return { platform, plan, changed, warnings, notices, ms };
};

/** Sortable by time: `20261122T183000123Z`. */
const runId = (now: Date): string => now.toISOString().replace(/[-:.]/g, '');
