const INTERVAL_MS = 60_000;

/**
 * A log for what may happen many times a second: each text at most once a minute. The texts must be
 * few and fixed.
 */
export const createNotices = (
  write: (text: string) => void = console.warn,
  now: () => number = Date.now,
): ((text: string) => void) => {
  const written = new Map<string, number>();
  return (text) => {
    const last = written.get(text);
    if (last !== undefined && now() - last < INTERVAL_MS) return;
    written.set(text, now());
    write(text);
  };
};
