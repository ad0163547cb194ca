/** The first half of every runbook: look at the host, refuse it or plan for it. Changes nothing. */
import type { Host } from '../host/host.ts';
import { HostBusyError } from './apply/errors.ts';
import { combine } from './combine.ts';
import type { Emit } from './events.ts';
import type { Facts } from './facts.ts';
import { changedMeanwhile, GenerationError, unfinishedBefore } from './history/errors.ts';
import { APPLY_UNIT } from './layout.ts';
import { observe } from './observe/index.ts';
import { isAtWork } from './observe/parse.ts';
import { queryFor } from './observe/query.ts';
import type { Plan } from './plan.ts';
import { plan as makePlan } from './planning/index.ts';
import type { Finding } from './preflight/finding.ts';
import { type Needs, preflight } from './preflight/index.ts';
import { checkSystem, platformOf } from './preflight/system.ts';
import { recoveryPart } from './recovery.ts';
import type { DesiredState, Part, Platform } from './state.ts';

/** What a host is when a share of it has been deployed. */
export interface Whole {
  /** The generation that the share is deployed over. */
  readonly generation: number;
  /** That generation, with the share in it: what the next one is. */
  readonly state: DesiredState;
}

/** What is to be deployed; the engine does not care what it is. */
export interface Blueprint extends Needs {
  readonly parts: (platform: Platform) => readonly Part[];
  /** Units that people are connected to: operators are asked before these are restarted. */
  readonly userFacing?: readonly string[];
  /** The parts are only a share of what the host has; see `history/share.ts`. */
  readonly within?: Whole;
  /** Version of cmdeploy, noted on the host. */
  readonly version: string;
  /** Number of the generation that is deployed again; missing for what is new. */
  readonly as?: number;
}

export interface Examination {
  readonly platform: Platform;
  readonly state: DesiredState;
  readonly plan: Plan;
  /** What the operator should know before; nothing that stops. */
  readonly warnings: readonly Finding[];
  readonly facts: Facts;
  /** What is kept as the generation: `state`, or the whole that it is a share of. */
  readonly whole: DesiredState;
}

/** What a host of that platform should be: the blueprint's parts and the engine's own. */
export const desiredState = (blueprint: Blueprint, platform: Platform): DesiredState =>
  combine([...blueprint.parts(platform), recoveryPart]);

/** The same for every platform, by Debian's release: which of them a host is shows the look at it. */
export const desiredStates = (
  blueprint: Blueprint,
): Readonly<Record<Platform['debian'], DesiredState>> => ({
  12: desiredState(blueprint, { debian: 12 }),
  13: desiredState(blueprint, { debian: 13 }),
});

/** The host cannot be deployed to as it is; nothing was touched. */
export class PreflightError extends Error {
  readonly host: string;
  readonly errors: readonly Finding[];
  /** Those were told already. */
  readonly warnings: readonly Finding[];
  constructor(host: string, errors: readonly Finding[], warnings: readonly Finding[] = []) {
    super(
      [
        `${host}: not deployed, nothing was touched:`,
        ...errors.map(({ what, fix }, index) =>
          fix === errors[index + 1]?.fix ? `  ${what}` : `  ${what}\n    ${fix}`,
        ),
      ].join('\n'),
    );
    this.name = 'PreflightError';
    this.host = host;
    this.errors = errors;
    this.warnings = warnings;
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
  const states = desiredStates(blueprint);
  const facts = await observe(host, queryFor(Object.values(states), blueprint.network));
  refuseOtherWhole(host, blueprint, facts);
  const platform = supportedPlatform(host, facts);
  const state = states[platform.debian];
  if (isAtWork(facts.units[APPLY_UNIT])) throw new HostBusyError(host.name, facts.records.open);
  const findings = preflight(state, facts, blueprint);
  const warnings = findings.filter(({ level }) => level === 'warning');
  if (warnings.length > 0) emit({ kind: 'warned', host: host.name, warnings });
  const errors = findings.filter(({ level }) => level === 'error');
  if (errors.length > 0) throw new PreflightError(host.name, errors, warnings);
  const plan = makePlan(state, facts);
  const as = blueprint.as === undefined ? {} : { as: blueprint.as };
  emit({ kind: 'planned', host: host.name, plan, ...as });
  return { platform, state, plan, facts, warnings, whole: blueprint.within?.state ?? state };
};

/** A share fits only the generation that it was joined with. */
const refuseOtherWhole = (host: Host, { within }: Blueprint, { records }: Facts): void => {
  if (within === undefined) return;
  if (records.broken || records.open !== undefined)
    throw new GenerationError(host.name, unfinishedBefore);
  if (records.generation !== within.generation)
    throw new GenerationError(host.name, changedMeanwhile(within.generation));
};

/** @throws {PreflightError} the system is not one to look at further */
const supportedPlatform = (host: Host, facts: Facts): Platform => {
  const platform = platformOf(facts);
  const findings = checkSystem(facts);
  if (!platform || findings.length > 0) throw new PreflightError(host.name, findings);
  return platform;
};
