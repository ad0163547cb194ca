/** From where on something is worth a warning, each with its reason; all in one place. */

export const MINUTE_MS = 60_000;
export const DAY_MS = 24 * 60 * MINUTE_MS;
const MIB = 1024 * 1024;

export interface Thresholds {
  /**
   * Renewal is due when a third of the time is left; half of that gone, something is wrong with it.
   * However long the time, so many days are enough to act.
   */
  readonly certificateShare: number;
  readonly certificateDays: number;
  /** A daemon may crash once; one that goes on does not work for its users. Per hour. */
  readonly restartsPerHour: number;
  /** Some always wait for servers that are gone; hundreds mean that a big peer or our way out is. */
  readonly queuedMessages: number;
  /** Delivery to our own mailboxes takes milliseconds. */
  readonly ownMailWaitsMs: number;
  /** Between two accounts on one host: half a second is Dovecot's pause before it tells of new mail. */
  readonly deliveryMs: number;
  /** A notification is for now; later the phone has asked by itself. */
  readonly pushWaitsMs: number;
  /** It runs every night, within four hours. */
  readonly deletionMs: number;
  /** Below it Postfix soon refuses all mail (queue_minfree, 1.5 messages of the largest size). */
  readonly criticalDiskBytes: number;
  /** A disk that is fuller than this is full soon, whatever its size. */
  readonly freeDiskShare: number;
  readonly freeInodeShare: number;
  /** Load for each core over 15 minutes: beyond it people wait. */
  readonly loadPerCore: number;
  /** Debian looks for updates every day where it does by itself. */
  readonly packageListsMs: number;
  /** DKIM and TLS allow for some minutes; who looks by eye at logs of two relays does not. */
  readonly clockOffsetMs: number;
}

export const THRESHOLDS: Thresholds = {
  certificateShare: 1 / 6,
  certificateDays: 15,
  restartsPerHour: 3,
  queuedMessages: 500,
  ownMailWaitsMs: 10 * MINUTE_MS,
  deliveryMs: 5000,
  pushWaitsMs: 30 * MINUTE_MS,
  deletionMs: 2 * DAY_MS,
  criticalDiskBytes: 100 * MIB,
  freeDiskShare: 0.1,
  freeInodeShare: 0.05,
  loadPerCore: 4,
  packageListsMs: 7 * DAY_MS,
  clockOffsetMs: 30_000,
};
