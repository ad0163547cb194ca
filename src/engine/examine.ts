/** The first half of every runbook: look at the host, refuse it or plan for it. Changes nothing. */
import type { Host } from '../host/host.ts';
import { HostBusyError } from './apply/errors.ts';
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
  /** Units that people are connected to: operators are asked before these are restarted. */
  readonly userFacing?: readonly string[];
  /** Version of cmdeploy, noted on the host. */
  readonly version: string;
}

export interface Examination {
  readonly platform: Platform;
  readonly state: DesiredState;
  readonly plan: Plan;
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
 * @throws {HostBusyError} another run is at work there; and what observing throws
 */
export const examine = async (
  host: Host,
  blueprint: Blueprint,
  emit: Emit,
): Promise<Examination> => {
  emit({ kind: 'observing', host: host.name });
  const candidates = ALL_PLATFORMS.map((platform) => combine(blueprint.parts(platform)));
  const facts = await observe(host, queryFor(candidates));
  const { platform, state } = accept(host, blueprint, facts);
  const plan = makePlan(state, facts);
  emit({ kind: 'planned', host: host.name, plan });
  return { platform, state, plan };
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
