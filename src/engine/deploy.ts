/** The runbook of a deploy: examine, apply, and again when the host has changed in between. */
import { performance } from 'node:perf_hooks';
import type { Host } from '../host/host.ts';
import { PlanOutdatedError, StoppedError } from './apply/errors.ts';
import { apply } from './apply/index.ts';
import type { Emit } from './events.ts';
import { type Blueprint, type Examination, examine } from './examine.ts';
import { summarise } from './history/summary.ts';
import type { Plan } from './plan.ts';
import type { Finding } from './preflight/finding.ts';
import type { Platform } from './state.ts';
import type { Witness } from './witness.ts';

export interface DeployOptions {
  /** `alice@laptop`, noted on the host. */
  readonly who: string;
  /** Looks from the operator's side; without one the host's own judgement counts. */
  readonly witness?: Witness;
  /** Shows the plan and asks; false ends the deploy before anything is changed. Default: go on. */
  readonly confirm?: (examination: Examination) => Promise<boolean>;
  /** Called when the host is about to be changed. */
  readonly onChanging?: () => void;
  /** Aborted: stop before the first change, or have the host undo what it did. */
  readonly signal?: AbortSignal;
}

export interface DeployResult {
  readonly outcome: 'unchanged' | 'deployed';
  readonly platform: Platform;
  readonly plan: Plan;
  readonly changed: boolean;
  /** What the operator should know about the host. */
  readonly warnings: readonly Finding[];
  /** Number of the generation that the host runs now. */
  readonly generation?: number;
  /** What could not be done although the deploy succeeded, in words for the operator. */
  readonly notices: readonly string[];
  readonly ms: number;
}

/** Looks at a host until it has stayed as it was until the apply began. */
const MAX_LOOKS = 3;

/**
 * @throws {StoppedError} `confirm` said no or `signal` was aborted before the first change
 * @throws what {@link examine} and {@link apply} throw
 */
export const deploy = async (
  host: Host,
  blueprint: Blueprint,
  emit: Emit,
  options: DeployOptions,
): Promise<DeployResult> => {
  const started = performance.now();
  const before = options.witness?.before();
  // Its failure counts when it is awaited.
  before?.catch(() => undefined);
  for (let look = 1; ; look++) {
    const examination = await examine(host, blueprint, emit);
    const { platform, plan, facts, warnings } = examination;
    const finish = (result: Pick<DeployResult, 'changed' | 'notices' | 'generation'>) => {
      const ms = Math.round(performance.now() - started);
      emit({ kind: 'finished', host: host.name, ms, ...result });
      return { platform, plan, warnings, ms, ...result };
    };
    if (isSettled(examination)) {
      const { generation } = facts.records;
      const at = generation === undefined ? {} : { generation };
      return { outcome: 'unchanged', ...finish({ changed: false, notices: [], ...at }) };
    }
    if (options.confirm && !(await options.confirm(examination))) throw new StoppedError(host.name);
    await before;
    if (options.signal?.aborted) throw new StoppedError(host.name);
    options.onChanging?.();
    try {
      const { notices, generation } = await apply(host, examination, emit, {
        info: {
          who: options.who,
          version: blueprint.version,
          summary: summarise(plan),
          ...(blueprint.as === undefined ? {} : { as: blueprint.as }),
        },
        ...(options.witness ? { witness: options.witness } : {}),
        ...(options.signal ? { signal: options.signal } : {}),
      });
      return { outcome: 'deployed', ...finish({ changed: true, notices, generation }) };
    } catch (error) {
      if (!(error instanceof PlanOutdatedError) || look === MAX_LOOKS) throw error;
    }
  }
};

/** Whether there is nothing to do: the host is as desired, and was found healthy like that. */
const isSettled = ({ plan, facts: { records } }: Examination): boolean =>
  plan.steps.length === 0 &&
  records.generation !== undefined &&
  !records.broken &&
  records.open === undefined;
