/** The notifications of the push service on disk. */
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { unlessMissing } from '../error-code.ts';
import {
  MAX_NOTIFICATION_BYTES,
  type Notification,
  parseNotification,
  type Spool,
} from './spool.ts';

export interface Pending extends Notification {
  /** When it was queued, milliseconds since 1970. */
  readonly since: number;
}

/** Notifications by name. */
export interface Outbox {
  /** Makes a queued notification a pending one; false when there is none. */
  take(name: string): Promise<boolean>;
  /** undefined when it is not there or no notification. */
  read(name: string): Promise<Pending | undefined>;
  /** Forgets a pending notification, delivered or given up. */
  done(name: string): Promise<void>;
  /** Reports that its token is not in use any more. */
  gone(name: string): Promise<void>;
}

export const openOutbox = (spool: Spool): Outbox => ({
  take: (name) => move(join(spool.queue, name), join(spool.pending, name)),
  async read(name) {
    const file = await open(join(spool.pending, name)).catch(unlessMissing);
    if (!file) return undefined;
    try {
      const { size, mtimeMs } = await file.stat();
      if (size > MAX_NOTIFICATION_BYTES) return undefined;
      const notification = parseNotification(await file.readFile('latin1'));
      return notification && { ...notification, since: mtimeMs };
    } finally {
      await file.close();
    }
  },
  done: (name) => rm(join(spool.pending, name), { force: true }),
  async gone(name) {
    await move(join(spool.pending, name), join(spool.gone, name));
  },
});

const move = async (from: string, to: string): Promise<boolean> => {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    unlessMissing(error);
    return false;
  }
};
