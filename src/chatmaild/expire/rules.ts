/** What has to go, and when. Pure. Times are milliseconds, sizes bytes. */

export interface Rules {
  /** Age at which a message goes. */
  readonly oldMs: number;
  /** Age at which a large message goes that a client has seen. */
  readonly largeMs: number;
  /** Time without a login after which an account goes. */
  readonly inactiveMs: number;
  /** Size of a mailbox; 0: no limit. */
  readonly mailboxBytes: number;
}

/** The settings of chatmail.ini that matter here; days and bytes. */
export interface ExpirySettings {
  readonly delete_mails_after: number;
  readonly delete_large_after: number;
  readonly delete_inactive_users_after: number;
  readonly max_mailbox_size: number;
}

export interface Message {
  readonly arrivedMs: number;
  /** As it lies on disk. */
  readonly bytes: number;
  /** As the quota counts it: with CRLF at line ends (RFC 9208 section 5.1). */
  readonly quotaBytes: number;
  /** A client's session has taken it out of `new`. */
  readonly seen: boolean;
}

export const DAY_MS = 24 * 60 * 60 * 1000;
/** A message above this is large. */
const LARGE_BYTES = 200_000;
/** A mailbox this full is cleaned up, down to {@link QUOTA_KEPT}. */
const QUOTA_FULL = 0.75;
const QUOTA_KEPT = 0.7;
/** Younger messages stay even in a mailbox that is too full: nobody may have had time to fetch them. */
const QUOTA_SPARED_MS = DAY_MS;

export const rulesOf = (settings: ExpirySettings): Rules => ({
  oldMs: settings.delete_mails_after * DAY_MS,
  largeMs: settings.delete_large_after * DAY_MS,
  inactiveMs: settings.delete_inactive_users_after * DAY_MS,
  mailboxBytes: settings.max_mailbox_size,
});

export type Reason = 'old' | 'large' | 'quota';

/** Why a message goes whatever else is in its mailbox, or undefined. */
export const verdict = (message: Message, rules: Rules, now: number): Reason | undefined => {
  const age = now - message.arrivedMs;
  if (age >= rules.oldMs) return 'old';
  if (message.seen && message.bytes > LARGE_BYTES && age >= rules.largeMs) return 'large';
  return undefined;
};

/** Bytes that a mailbox of this size must lose. */
export const excessOf = (mailboxBytes: number, rules: Rules): number =>
  rules.mailboxBytes === 0 || mailboxBytes < rules.mailboxBytes * QUOTA_FULL
    ? 0
    : mailboxBytes - rules.mailboxBytes * QUOTA_KEPT;

export const isSpared = (message: Message, now: number): boolean =>
  now - message.arrivedMs < QUOTA_SPARED_MS;

/**
 * When a message came, and how the quota counts it. Dovecot names a file `SECONDS.MnPn.HOST,S=n,W=n`,
 * with the time at which it was saved and its size with CRLF, and sets its time to the message's date:
 * a client that appends one chooses that, and may choose a day to come.
 */
export const describeMessage = (
  name: string,
  file: { readonly mtimeMs: number; readonly size: number },
  seen: boolean,
): Message => {
  const saved = /^(\d{9,11})\./.exec(name)?.[1];
  const withCrlf = Number(/,W=(\d{1,12})(?:[,:]|$)/.exec(name)?.[1] ?? 0);
  return {
    arrivedMs: saved === undefined ? file.mtimeMs : Math.min(file.mtimeMs, Number(saved) * 1000),
    bytes: file.size,
    quotaBytes: withCrlf >= file.size && withCrlf <= 2 * file.size ? withCrlf : file.size,
    seen,
  };
};
