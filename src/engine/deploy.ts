/** The runbook of a deploy: observe, refuse or plan, apply. */
import { performance } from 'node:perf_hooks';
import type { Host } from '../host/host.ts';
import { HostBusyError } from './apply/errors.ts';
import { apply } from './apply/index.ts';
import { compile } from './apply/script.ts';
import type { Emit } from './events.ts';
import type { Facts } from './facts.ts';
import { APPLY_UNIT } from './layout.ts';
import { observe } from './observe/index.ts';
import { queryFor } from './observe/query.ts';
import type { Plan } from './plan.ts';
import { plan as makePlan } from './planning/index.ts';
import {
  ALL_PLATFORMS,
  checkRoom,
  checkSystem,
  type Finding,
  platformOf,
  type RequiredPort,
} from './preflight.ts';
import { combine, type DesiredState, type Part, type Platform } from './state.ts';

/** What is to be deployed; the engine does not care what it is. */
export interface Blueprint {
  readonly parts: (platform: Platform) => readonly Part[];
  readonly ports: readonly RequiredPort[];
  /** Version of cmdeploy, noted on the host. */
  readonly version: string;
}

export interface DeployResult {
  readonly platform: Platform;
  readonly plan: Plan;
  readonly changed: boolean;
  /** What could not be done although the deploy succeeded, in words for the operator. */
  readonly notices: readonly string[];
  readonly ms: number;
}

/** The host cannot be deployed to as it is; nothing was touched. */
export class PreflightError extends Error {
  readonly host: string;
  readonly findings: readonly Finding[];
  constructor(host: string, findings: readonly Finding[]) {
    super(
      [
        `${host}: not deployed, nothing was touched:`,
        ...findings.map(({ what, fix }) => `  ${what}\n    ${fix}`),
      ].join('\n'),
    );
    this.name = 'PreflightError';
    this.host = host;
    this.findings = findings;
  }
}

/**
 * @throws {PreflightError} the host is refused
 * @throws {HostBusyError} another run is at work there; and what observing and applying throw
 */
export const deploy = async (
  host: Host,
  blueprint: Blueprint,
  emit: Emit,
): Promise<DeployResult> => {
  const started = performance.now();
  emit({ kind: 'observing', host: host.name });
  const candidates = ALL_PLATFORMS.map((platform) => combine(blueprint.parts(platform)));
  const facts = await observe(host, queryFor(candidates));
  const { platform, state } = accept(host, blueprint, facts);
  const plan = makePlan(state, facts);
  emit({ kind: 'planned', host: host.name, plan });
  const changed = plan.steps.length > 0;
  const script = () => compile(plan, state, runId(new Date()), blueprint.version);
  const notices = changed ? await apply(host, plan, script(), emit) : [];
  const ms = Math.round(performance.now() - started);
  emit({ kind: 'finished', host: host.name, ms, changed, notices });
  return { platform, plan, changed, notices, ms };
};

const accept = (
  host: Host,
  blueprint: Blueprint,
  facts: Facts,
): { platform: Platform; state: DesiredState } => {
  const platform = platformOf(facts);
  const findings = checkSystem(facts);
  if (!platform || findings.length > 0) throw new PreflightError(host.name, findings);
  const state = combine(blueprint.parts(platform));
  if (facts.units[APPLY_UNIT]?.active === 'active') throw new HostBusyError(host.name);
  const obstacles = checkRoom(state, facts, blueprint.ports);
  if (obstacles.length > 0) throw new PreflightError(host.name, obstacles);
  return { platform, state };
};

/** Sortable by time: `20261122T183000123Z`. */
const runId = (now: Date): string => now.toISOString().replace(/[-:.]/g, '');
