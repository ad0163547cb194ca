/** What a look at a living relay comes to: items, each with its findings and their fixes. */

export const LEVELS = ['ok', 'warning', 'error'] as const;

/** `error`: the relay does not do its job. `warning`: it does, but someone should look after it. */
export type Level = (typeof LEVELS)[number];

export interface Finding {
  readonly level: 'warning' | 'error';
  readonly what: string;
  /** What to do about it. */
  readonly fix: string;
  /** What the host said about it last: untrusted text. */
  readonly log?: readonly string[];
}

/** One subject of the report, in one line and what is wrong with it. */
export interface Item {
  /** One lower-case word: `queue`. */
  readonly name: string;
  /** How it stands, for people; a few words. */
  readonly text: string;
  readonly findings: readonly Finding[];
}

export const warning = (what: string, fix: string): Finding => ({ level: 'warning', what, fix });
export const error = (what: string, fix: string): Finding => ({ level: 'error', what, fix });

/** The gravest level among findings; `ok` without any. */
export const worst = (findings: readonly Finding[]): Level =>
  LEVELS.findLast((level) => findings.some((finding) => finding.level === level)) ?? 'ok';
