/** What the engine tells while it works. Renderers (src/cli/output) turn it into text. */
import type { Plan } from './plan.ts';
import type { Finding } from './preflight/finding.ts';

export type EngineEvent =
  | { readonly kind: 'connecting'; readonly host: string }
  | { readonly kind: 'observing'; readonly host: string }
  /** What the operator should know; comes once, before the plan, and not when there is nothing. */
  | { readonly kind: 'warned'; readonly host: string; readonly warnings: readonly Finding[] }
  | { readonly kind: 'planned'; readonly host: string; readonly plan: Plan }
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
  | {
      readonly kind: 'finished';
      readonly host: string;
      readonly ms: number;
      readonly changed: boolean;
      /** As in DeployResult. */
      readonly notices: readonly string[];
    };

export type Emit = (event: EngineEvent) => void;
