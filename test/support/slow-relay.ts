/** Other relays that take mail over HTTPS, but slowly: a host of the lab with many names. */
import { selfSigned } from './certificates.ts';
import { StandIn } from './stand-in.ts';

export class SlowRelay {
  readonly #standIn: StandIn;
  readonly #came = new Set<string>();
  readonly #taken = new Set<string>();

  static async start(): Promise<SlowRelay> {
    const pem = selfSigned('_slow.test');
    const certify = () => ({ cert: pem, key: pem });
    return new SlowRelay(await StandIn.start('slow-relay.mjs', certify));
  }

  private constructor(standIn: StandIn) {
    this.#standIn = standIn;
    void standIn.listen((value) => {
      const { came, taken } = value as { came?: string; taken?: string };
      if (came !== undefined) this.#came.add(came);
      if (taken !== undefined) this.#taken.add(taken);
    });
  }

  get address(): string {
    return this.#standIn.address;
  }

  /** To how many recipients messages have come that were not answered at once. */
  get came(): number {
    return this.#came.size;
  }

  /** For how many recipients messages were taken. */
  get taken(): number {
    return this.#taken.size;
  }

  /** Whether to take mail without delay from now on. */
  takeAll(all: boolean): void {
    this.#standIn.say(all);
  }

  async close(): Promise<void> {
    await this.#standIn.close();
  }
}
