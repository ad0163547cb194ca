/** Removes what has to go from one mailbox. */
import type { Folder } from './folder.ts';
import { type MessageFile, type OnError, visitMessages } from './maildir.ts';
import { excessOf, isSpared, type Reason, type Rules, verdict } from './rules.ts';

export interface MailboxContext {
  readonly rules: Rules;
  readonly now: number;
  readonly remove: (message: MessageFile, reason: Reason) => void;
  readonly onError: OnError;
}

/** Removes old and large messages, then, if the mailbox is too full, its oldest ones. */
export const cleanMailbox = (mailbox: Folder, context: MailboxContext): void => {
  const { rules, now, remove, onError } = context;
  let kept = 0;
  visitMessages(
    mailbox,
    (message) => {
      const reason = verdict(message, rules, now);
      if (reason === undefined) kept += message.quotaBytes;
      else remove(message, reason);
    },
    onError,
  );
  const excess = excessOf(kept, rules);
  if (excess > 0) removeOldest(mailbox, excess, context);
};

/**
 * How finely messages are sorted by age: in steps of 20 days / 20,000, a minute and a half, so that
 * the memory does not grow with the number of messages.
 */
const STEPS = 20_000;

const removeOldest = (mailbox: Folder, excess: number, context: MailboxContext): void => {
  const { rules, now, remove, onError } = context;
  const step = ({ arrivedMs }: MessageFile) =>
    Math.max(0, Math.min(STEPS - 1, Math.floor(((now - arrivedMs) / rules.oldMs) * STEPS)));
  const visitRemovable = (visit: (message: MessageFile) => void) =>
    visitMessages(
      mailbox,
      (message) => {
        if (verdict(message, rules, now) === undefined && !isSpared(message, now)) visit(message);
      },
      onError,
    );

  const bytes = new Float64Array(STEPS);
  visitRemovable((message) => {
    bytes[step(message)] = (bytes[step(message)] ?? 0) + message.quotaBytes;
  });
  const { last, partly } = split(bytes, excess);
  let left = partly;
  visitRemovable((message) => {
    const age = step(message);
    if (age < last || (age === last && left <= 0)) return;
    if (age === last) left -= message.quotaBytes;
    remove(message, 'quota');
  });
};

/** The youngest step of which something must go, and how many bytes of that step. */
const split = (bytes: Float64Array, excess: number): { last: number; partly: number } => {
  let left = excess;
  for (let last = bytes.length - 1; last >= 0; last -= 1) {
    const here = bytes[last] ?? 0;
    if (here >= left) return { last, partly: left };
    left -= here;
  }
  return { last: 0, partly: Number.POSITIVE_INFINITY };
};
