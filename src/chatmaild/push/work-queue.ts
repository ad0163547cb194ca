/**
 * Work by name, some at the same time. A name that comes again while it waits is done once; one that
 * comes again while it is being worked on is worked on again afterwards.
 * @param failed told of an error that `work` throws
 */
export const createWorkQueue = (
  parallel: number,
  work: (name: string) => Promise<void>,
  failed: (error: unknown) => void,
): ((name: string) => void) => {
  const waiting = new Set<string>();
  const running = new Set<string>();

  const start = (): void => {
    for (const name of waiting) {
      if (running.size >= parallel) return;
      if (running.has(name)) continue;
      waiting.delete(name);
      running.add(name);
      work(name)
        .catch(failed)
        .finally(() => {
          running.delete(name);
          start();
        });
    }
  };

  return (name) => {
    waiting.add(name);
    start();
  };
};
