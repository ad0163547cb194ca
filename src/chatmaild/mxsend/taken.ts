/** Remembers for which recipients a peer has taken a message that it refused for others. */

const MAX_ENTRIES = 10_000;
/** Postfix comes back at once, and later only when it was stopped in between. */
const REMEMBERED_MS = 60 * 60_000;

interface Entry {
  /** Of the message. */
  readonly digest: string;
  readonly until: number;
}

export class Taken {
  /** By sender and recipient, oldest first. */
  readonly #entries = new Map<string, Entry>();
  readonly #now: () => number;

  /** @param now milliseconds of any clock */
  constructor(now: () => number) {
    this.#now = now;
  }

  add(from: string, to: string, digest: string): void {
    const key = keyOf(from, to);
    this.#entries.delete(key);
    this.#entries.set(key, { digest, until: this.#now() + REMEMBERED_MS });
    const oldest = this.#entries.keys().next();
    if (this.#entries.size > MAX_ENTRIES && !oldest.done) this.#entries.delete(oldest.value);
  }

  /** Whether the recipient has that message of the sender, or any when it is not known yet which. */
  has(from: string, to: string, digest?: string): boolean {
    const entry = this.#entries.get(keyOf(from, to));
    if (entry === undefined || entry.until <= this.#now()) return false;
    return digest === undefined || entry.digest === digest;
  }

  forget(from: string, to: string, digest: string): void {
    if (this.has(from, to, digest)) this.#entries.delete(keyOf(from, to));
  }
}

/** Addresses that came in an SMTP command have no line breaks. */
const keyOf = (from: string, to: string): string => `${from}\n${to}`;
