/** The steps of a probe: each has a name, a result and a time, and is tried again for a while. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface StepResult {
  /** `[a-z0-9-]+` */
  readonly name: string;
  readonly ok: boolean;
  readonly ms: number;
  /** What is wrong and what to do, without names of accounts. */
  readonly error?: string;
}

/** What depends on a step that failed is left out. */
export class StepFailedError extends Error {
  override readonly name = 'StepFailedError';
}

/** Trying again would not help. */
export class PermanentError extends Error {
  override readonly name = 'PermanentError';
}

const PAUSE_MS = 100;

export class Steps {
  readonly #slots: (StepResult | undefined)[] = [];
  readonly #retryUntil: number;
  readonly #redact: (text: string) => string;

  /**
   * @param patienceMs from now on in which what fails is tried again
   * @param redact takes out of errors what must not be told
   */
  constructor(patienceMs: number, redact: (text: string) => string) {
    this.#retryUntil = performance.now() + patienceMs;
    this.#redact = redact;
  }

  /** In the order in which they began. */
  get results(): readonly StepResult[] {
    return this.#slots.flatMap((result) => result ?? []);
  }

  /**
   * Does `work`, again while there is patience left and it throws no {@link PermanentError}.
   * @param advice what an operator can do when it fails
   * @throws {StepFailedError} it failed; the result says why
   */
  async run<T>(name: string, advice: string, work: () => Promise<T>): Promise<T> {
    const slot = this.#slots.push(undefined) - 1;
    const started = performance.now();
    const ms = () => Math.round(performance.now() - started);
    try {
      const value = await this.#patiently(work);
      this.#slots[slot] = { name, ok: true, ms: ms() };
      return value;
    } catch (error) {
      const what = this.#redact(`${inWords(error)}; ${advice}`);
      this.#slots[slot] = { name, ok: false, ms: ms(), error: what };
      throw new StepFailedError(name);
    }
  }

  async #patiently<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        const late = performance.now() + PAUSE_MS > this.#retryUntil;
        if (late || error instanceof PermanentError) throw error;
        await sleep(PAUSE_MS);
      }
    }
  }
}

const CODES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOENT: 'nothing listens there',
  ECONNRESET: 'it broke off the connection',
  EPIPE: 'it broke off the connection',
};

const inWords = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  // Errors without a text of their own, and what a server said, may hold anything.
  return (CODES[code] ?? (error.message || code)).replace(/[^\x20-\x7e]+/g, ' ').slice(0, 500);
};
