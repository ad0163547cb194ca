/** When a new certificate is asked for. Pure; times are milliseconds since 1970. */

const HOUR = 3_600_000;

/** Less than a third of its time is left: a month of three, two days of six. */
export const isDue = (from: number, to: number, now: number): boolean =>
  now >= to - (to - from) / 3;

/**
 * Attempts that failed at the authority since the last success, oldest first, and what asks: a timer
 * or a person, who has perhaps mended the cause.
 *
 * @returns the earliest time for the next attempt
 */
export const nextAttempt = (failures: readonly number[], unattended: boolean): number => {
  const last = failures.at(-1) ?? Number.NEGATIVE_INFINITY;
  // Let's Encrypt takes five failures per name and hour.
  const personal = (failures.at(-3) ?? Number.NEGATIVE_INFINITY) + HOUR;
  if (!unattended) return personal;
  const pause = Math.min(HOUR * 2 ** (failures.length - 1), 24 * HOUR);
  return Math.max(personal, last + pause);
};
