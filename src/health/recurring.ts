/** Work that is too slow or too heavy to be done again with every look. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Outcome<T> {
  /** When the work began, milliseconds since 1970. */
  readonly at: number;
  /** Undefined while the work goes on. */
  readonly value?: T;
}

/**
 * @param everyMs from one beginning of the work to the next, at least
 * @returns what came of it, waiting for at most so many milliseconds. Throws what the work throws while
 *   somebody waits for it
 */
export const recurring = <T>(
  work: () => Promise<T>,
  everyMs: number,
): ((boundMs: number) => Promise<Outcome<T>>) => {
  let outcome: Outcome<T> = { at: Number.NEGATIVE_INFINITY };
  let pending: Promise<void> | undefined;
  const begin = (at: number): Promise<void> => {
    outcome = { at };
    const running = work()
      .then((value) => {
        outcome = { at, value };
      })
      .finally(() => {
        pending = undefined;
      });
    // It may fail when nobody waits any more.
    running.catch(() => undefined);
    return running;
  };
  return async (boundMs) => {
    const now = Date.now();
    if (pending === undefined && now - outcome.at >= everyMs) pending = begin(now);
    if (pending !== undefined)
      await Promise.race([pending, sleep(boundMs, undefined, { ref: false })]);
    return outcome;
  };
};
