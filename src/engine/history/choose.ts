import {
  GenerationError,
  noCurrentGeneration,
  noEarlierGeneration,
  unknownGeneration,
} from './errors.ts';
import type { History } from './read.ts';

/**
 * The generation that a rollback means. Without a number: the one before the current; but the
 * current itself when the last run left the host in another state than that.
 *
 * @param host for messages
 * @throws {GenerationError} it is not kept, or there is none
 */
export const chooseGeneration = (
  { current, generations, runs }: History,
  wanted: number | undefined,
  host: string,
): number => {
  if (wanted !== undefined) {
    if (generations.includes(wanted)) return wanted;
    throw new GenerationError(host, unknownGeneration(wanted, generations));
  }
  if (current === undefined) throw new GenerationError(host, noCurrentGeneration(generations));
  const result = runs.at(-1)?.result;
  const isHealthy = runs.length === 0 || result === 'deployed' || result === 'rolled-back';
  if (!isHealthy && generations.includes(current)) return current;
  const earlier = generations.filter((number) => number < current).at(-1);
  if (earlier !== undefined) return earlier;
  throw new GenerationError(host, noEarlierGeneration(current, generations));
};
