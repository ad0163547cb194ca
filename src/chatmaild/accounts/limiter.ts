/** More work waits than is sensible to let wait. */
export class BusyError extends Error {
  override name = 'BusyError';
}

/**
 * Runs at most `parallel` tasks at the same time and lets at most `waiting` wait for their turn.
 * The returned function rejects with {@link BusyError} beyond that.
 */
export const createLimiter = (
  parallel: number,
  waiting: number,
): (<T>(task: () => Promise<T>) => Promise<T>) => {
  let running = 0;
  const queue: (() => void)[] = [];

  const enter = async (): Promise<void> => {
    if (running < parallel) {
      running += 1;
      return;
    }
    if (queue.length >= waiting) throw new BusyError('too many requests at the same time');
    await new Promise<void>((resolve) => queue.push(resolve));
  };

  /** Hands the place to the next in the queue, or frees it. */
  const leave = (): void => {
    const next = queue.shift();
    if (next) next();
    else running -= 1;
  };

  return async (task) => {
    await enter();
    try {
      return await task();
    } finally {
      leave();
    }
  };
};
