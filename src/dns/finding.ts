/** What a check of the zone has to say. */
import type { Level } from './records.ts';

/**
 * Whether mail or logins break by it: already, when something expires or changes, or not at all.
 * `unknown`: nothing could be looked up.
 */
export type Impact = 'now' | 'later' | 'never' | 'unknown';

/** `info` changes neither the exit code nor anything else. */
export interface Finding {
  /** Stable, for scripts: `differs`, `lame-server`. */
  readonly code: string;
  readonly level: Level | 'info';
  readonly impact: Impact;
  /** One sentence. */
  readonly what: string;
  /** What DNS says, and what it should say, as values of records. */
  readonly there?: readonly string[];
  readonly should?: readonly string[];
  readonly fix?: string;
  /** The servers that say so, when others do not. */
  readonly servers?: readonly string[];
}

/** How a view of the zone compares with what is wanted. */
export type Verdict =
  | { readonly kind: 'fine' }
  /** Nothing can be said: no answer, or another finding says it already. */
  | { readonly kind: 'unknown' }
  | ({ readonly kind: 'differs' } & Difference);

export interface Difference {
  readonly what: string;
  readonly impact: Impact;
  readonly level: Level | 'info';
  readonly there: readonly string[];
  readonly should: readonly string[];
  readonly fix: string;
}

export const FINE: Verdict = { kind: 'fine' };
export const UNKNOWN: Verdict = { kind: 'unknown' };
export const differs = (difference: Difference): Verdict => ({ kind: 'differs', ...difference });
