/** Finds out which peers take mail over HTTPS, and remembers it for a while. */
import type { Exchanger } from './exchangers.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
export const REMEMBERED_MS = {
  taken: DAY_MS,
  refused: 10 * 60_000,
  failed: 60_000,
  /** It said that it may take mail later. Postfix comes back at once, which would be too early. */
  busy: 10_000,
} as const;
const MAX_DOMAINS = 10_000;
/** More wait for nothing: Postfix goes on to port 25. */
const MAX_PROBES = 200;

export interface RoutesContext {
  /** Asks the peer; undefined when it takes no mail over HTTPS. Ends soon; never rejects. */
  readonly probe: (domain: string) => Promise<Exchanger | undefined>;
  /** Milliseconds of any clock. */
  readonly now: () => number;
}

interface Entry {
  readonly exchanger: Promise<Exchanger | undefined>;
  until: number;
}

export class Routes {
  readonly #context: RoutesContext;
  /** Least recently used first. */
  readonly #known = new Map<string, Entry>();
  #probes = 0;

  constructor(context: RoutesContext) {
    this.#context = context;
  }

  /** The host that takes mail for the domain over HTTPS. */
  async find(domain: string): Promise<Exchanger | undefined> {
    return await this.#entry(domain)?.exchanger;
  }

  /** Leaves the domain to port 25 for a while: it failed, or it takes no mail over HTTPS any more. */
  avoid(domain: string, forMs: number): void {
    this.#remember(domain, {
      exchanger: Promise.resolve(undefined),
      until: this.#context.now() + forMs,
    });
  }

  #entry(domain: string): Entry | undefined {
    const known = this.#known.get(domain);
    if (known && known.until > this.#context.now()) {
      this.#remember(domain, known);
      return known;
    }
    if (this.#probes >= MAX_PROBES) return undefined;
    const entry: Entry = { exchanger: this.#probe(domain), until: Infinity };
    this.#remember(domain, entry);
    void entry.exchanger.then((exchanger) => {
      entry.until = this.#context.now() + (exchanger ? REMEMBERED_MS.taken : REMEMBERED_MS.refused);
    });
    return entry;
  }

  async #probe(domain: string): Promise<Exchanger | undefined> {
    this.#probes += 1;
    try {
      return await this.#context.probe(domain);
    } finally {
      this.#probes -= 1;
    }
  }

  #remember(domain: string, entry: Entry): void {
    this.#known.delete(domain);
    this.#known.set(domain, entry);
    const oldest = this.#known.keys().next();
    if (this.#known.size > MAX_DOMAINS && !oldest.done) this.#known.delete(oldest.value);
  }
}
