/** What the engine tells while it works. Renderers (src/cli/output) turn it into text. */
import type { Plan } from './plan.ts';
import type { Finding } from './preflight/finding.ts';

export type EngineEvent =
  | { readonly kind: 'connecting'; readonly host: string }
  | { readonly kind: 'observing'; readonly host: string }
  /** Another run is at work there; its end is waited for. */
  | {
      readonly kind: 'waiting';
      readonly host: string;
      /** As in HostBusyError. */
      readonly holder: string;
      /** At most. */
      readonly seconds: number;
    }
  /** What the operator should know; comes once, before the plan, and not when there is nothing. */
  | { readonly kind: 'warned'; readonly host: string; readonly warnings: readonly Finding[] }
  | {
      readonly kind: 'planned';
      readonly host: string;
      readonly plan: Plan;
      /** Number of the generation that is deployed again. */
      readonly as?: number;
    }
  | {
      readonly kind: 'step-started';
      /** Counts from 1. */
      readonly index: number;
      readonly total: number;
      readonly title: string;
    }
  | { readonly kind: 'step-output'; readonly line: string }
  | {
      readonly kind: 'step-finished';
      readonly index: number;
      readonly title: string;
      readonly ms: number;
    }
  | {
      readonly kind: 'step-failed';
      readonly index: number;
      readonly title: string;
      readonly ms: number;
      /** Exit status of the command that failed. */
      readonly code: number;
      /** The last lines it printed. */
      readonly output: readonly string[];
    }
  /** The units are up: the host tries whether the whole does its job. */
  | { readonly kind: 'gate-started'; readonly name: string }
  | { readonly kind: 'gate-finished'; readonly name: string; readonly ms: number }
  | {
      readonly kind: 'gate-failed';
      readonly name: string;
      readonly ms: number;
      readonly code: number;
      readonly output: readonly string[];
    }
  /** The host is healthy by its own judgement; the operator's side looks from the outside. */
  | { readonly kind: 'witness-started' }
  | { readonly kind: 'witness-finished'; readonly complaints: readonly string[] }
  /** The operator has asked to stop: the host undoes what it did. */
  | { readonly kind: 'stopping' }
  | { readonly kind: 'undo-started' }
  | {
      readonly kind: 'undo-finished';
      readonly outcome: FailureOutcome;
      readonly ms: number;
    }
  | {
      readonly kind: 'finished';
      readonly host: string;
      readonly ms: number;
      readonly changed: boolean;
      /** Number of the generation that the host runs now. */
      readonly generation?: number;
      /** As in DeployResult. */
      readonly notices: readonly string[];
    };

/** `broken`: there was nothing to go back to, or what was brought back is not healthy either. */
export type FailureOutcome = 'rolled-back' | 'broken';

export type Emit = (event: EngineEvent) => void;
