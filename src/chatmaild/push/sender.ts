/** Which notification is sent when. What survives a restart is in the outbox; how often, is not. */
import type { Outbox } from './outbox.ts';
import { GIVE_UP_AFTER_MS, pauseAfter } from './pauses.ts';

/** `gone`: the notification service will never know the token again. */
export type Outcome = 'delivered' | 'gone' | 'failed';

/** Requests at the same time, and how many of them may be repetitions: new mail does not wait for them. */
const MAX_REQUESTS = 32;
const MAX_REPETITIONS = 8;
/** Notifications known at the same time; those beyond stay in the queue. */
const MAX_KNOWN = 50_000;

interface Entry {
  attempts: number;
  /** Whether it was queued again in the meantime. */
  again: boolean;
}

export interface SenderOptions {
  readonly outbox: Outbox;
  /** Never throws. */
  readonly post: (token: string) => Promise<Outcome>;
  /** Told when a file could not be moved or read. */
  readonly failed: (error: unknown) => void;
}

export class Sender {
  readonly #options: SenderOptions;
  readonly #known = new Map<string, Entry>();
  readonly #fresh = new Set<string>();
  readonly #repeated = new Set<string>();
  #requests = 0;
  #repetitions = 0;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** A notification may have come into the queue. */
  offer(name: string): void {
    const entry = this.#known.get(name);
    if (entry) entry.again = true;
    else if (this.#known.size < MAX_KNOWN) this.#accept(name);
  }

  /** A notification is pending since before a restart. */
  resume(name: string): void {
    if (this.#known.has(name)) return;
    this.#known.set(name, { attempts: 0, again: true });
    this.#repeated.add(name);
    this.#start();
  }

  #accept(name: string): void {
    const entry = { attempts: 0, again: false };
    this.#known.set(name, entry);
    this.#take(name, entry).catch((error: unknown) => {
      this.#known.delete(name);
      this.#options.failed(error);
    });
  }

  async #take(name: string, entry: Entry): Promise<void> {
    let taken: boolean;
    do {
      entry.again = false;
      taken = await this.#options.outbox.take(name);
    } while (!taken && entry.again);
    if (!taken) {
      this.#known.delete(name);
      return;
    }
    this.#fresh.add(name);
    this.#start();
  }

  #start(): void {
    while (this.#requests < MAX_REQUESTS) {
      const repeated = this.#repetitions < MAX_REPETITIONS && this.#repeated.size > 0;
      const from = this.#fresh.size > 0 || !repeated ? this.#fresh : this.#repeated;
      const [name] = from;
      if (name === undefined) return;
      from.delete(name);
      this.#run(name, from === this.#repeated);
    }
  }

  #run(name: string, repetition: boolean): void {
    this.#requests += 1;
    if (repetition) this.#repetitions += 1;
    this.#attempt(name)
      .catch((error: unknown) => {
        this.#known.delete(name);
        this.#options.failed(error);
      })
      .finally(() => {
        this.#requests -= 1;
        if (repetition) this.#repetitions -= 1;
        this.#start();
      });
  }

  async #attempt(name: string): Promise<void> {
    const { outbox, post } = this.#options;
    const entry = this.#known.get(name);
    const pending = await outbox.read(name);
    if (!entry || !pending || Date.now() - pending.since > GIVE_UP_AFTER_MS)
      return await this.#finish(name);
    const outcome = await post(pending.token);
    if (outcome === 'delivered') return await this.#finish(name);
    if (outcome === 'gone') {
      await outbox.gone(name);
      return await this.#finish(name);
    }
    entry.attempts += 1;
    const pause = pauseAfter(entry.attempts, pending.since, Date.now());
    if (pause === undefined) return await this.#finish(name);
    setTimeout(() => {
      this.#repeated.add(name);
      this.#start();
    }, pause);
  }

  /** What was queued while this one was under way may be about mail that came after it. */
  async #finish(name: string): Promise<void> {
    await this.#options.outbox.done(name);
    this.#known.delete(name);
    this.#accept(name);
  }
}
