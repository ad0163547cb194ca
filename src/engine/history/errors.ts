import { HISTORY_FILE } from '../layout.ts';

/** There is no generation to go back to, or none that is meant. Nothing was touched. */
export class GenerationError extends Error {
  constructor(host: string, what: string) {
    super(`${host}: ${what}`);
    this.name = 'GenerationError';
  }
}

export const unknownGeneration = (wanted: number, known: readonly number[]): string =>
  `generation ${wanted} is not kept there; ${kept(known)}`;

export const noCurrentGeneration = (known: readonly number[]): string =>
  known.length === 0
    ? `no generation is kept there; the next good "cmdeploy run" that changes something keeps one`
    : `which generation it has now is not known; name the one to deploy, ${kept(known)}`;

export const noEarlierGeneration = (current: number, known: readonly number[]): string =>
  `no generation before ${current}, the current one, is kept there; ${kept(known)}`;

export const otherRelease = (number: number, madeFor: number, found: number): string =>
  `generation ${number} was made for Debian ${madeFor}, the host has Debian ${found}; "cmdeploy run" deploys to it`;

export const unreadableGeneration = (
  number: number,
  why: string,
  known: readonly number[],
): string =>
  `generation ${number} ${why}. Nothing was touched; ${kept(known)}; what they are tells ${HISTORY_FILE}`;

/** For a share of a host, which is deployed over a generation. */
export const unfinishedBefore =
  'the last run did not end well; deploy all of it first ("cmdeploy run")';

export const changedMeanwhile = (expected: number): string =>
  `another run has changed it: generation ${expected} is not the current one any more; run again`;

const kept = (known: readonly number[]): string =>
  known.length === 0 ? 'none is kept' : `kept are ${known.join(', ')} (see "cmdeploy history")`;
