/** When to try a notification again. Pure; times are milliseconds. */

const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 60 * 60 * 1000;
/** After this long the person has looked at the phone anyway. */
export const GIVE_UP_AFTER_MS = 5 * 60 * 60 * 1000;

/**
 * Pause after so many failed attempts (1 and up), each twice as long as the one before; undefined when
 * the notification, queued at `since`, would be too old by then.
 */
export const pauseAfter = (attempts: number, since: number, now: number): number | undefined => {
  const pause = Math.min(FIRST_PAUSE_MS * 2 ** (attempts - 1), LONGEST_PAUSE_MS);
  return now + pause - since > GIVE_UP_AFTER_MS ? undefined : pause;
};
