/** How much one address may send. */
export interface SendRate {
  /** Messages per minute in the long run. */
  readonly perMinute: number;
  /** Messages at once. */
  readonly burst: number;
}

/**
 * GCRA, the generic cell rate algorithm (ITU-T I.371): an address owns a theoretical arrival time;
 * each message moves it by one interval, and may come as early as `burst - 1` intervals before it.
 * Times are milliseconds of any clock. Returns the new arrival time, or undefined: too early.
 */
const gcra = (
  arrival: number | undefined,
  now: number,
  { perMinute, burst }: SendRate,
): number | undefined => {
  const interval = 60_000 / perMinute;
  const due = Math.max(arrival ?? now, now);
  return due - now > (burst - 1) * interval ? undefined : due + interval;
};

const MIN_SWEEP_SIZE = 1000;

/** The arrival times of the addresses that have sent lately. */
export class SendRates {
  #rate: SendRate;
  readonly #arrivals = new Map<string, number>();
  #sweepAt = MIN_SWEEP_SIZE;

  constructor(rate: SendRate) {
    this.#rate = rate;
  }

  /** Addresses remembered. */
  get size(): number {
    return this.#arrivals.size;
  }

  /** From now on; what was sent before counts as it did then. */
  limitTo(rate: SendRate): void {
    this.#rate = rate;
  }

  /** Counts a message; false when the address must wait. */
  allows(address: string, now: number): boolean {
    this.#sweep(now);
    const arrival = gcra(this.#arrivals.get(address), now, this.#rate);
    if (arrival === undefined) return false;
    this.#arrivals.set(address, arrival);
    return true;
  }

  /** Forgets addresses at rest whenever as many again have come. */
  #sweep(now: number): void {
    if (this.#arrivals.size < this.#sweepAt) return;
    for (const [address, arrival] of this.#arrivals) {
      if (arrival <= now) this.#arrivals.delete(address);
    }
    this.#sweepAt = Math.max(MIN_SWEEP_SIZE, 2 * this.#arrivals.size);
  }
}
