/** Other relays that take mail over HTTPS, but slowly: a host of the lab with many names. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { selfSigned } from './certificates.ts';
import { IN_LAB } from './cmdeploy.ts';

const PROCESS = fileURLToPath(new URL('slow-relay.mjs', import.meta.url));

export class SlowRelay {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterableIterator<string>;
  readonly #came = new Set<string>();
  readonly #taken = new Set<string>();
  #address = '';

  static async start(): Promise<SlowRelay> {
    const relay = new SlowRelay();
    relay.#address = String(await relay.#hear());
    const pem = selfSigned('_slow.test');
    relay.#say({ cert: pem, key: pem });
    await relay.#hear();
    void relay.#listen();
    return relay;
  }

  private constructor() {
    const [program, ...args] = [...IN_LAB, process.execPath, PROCESS];
    this.#process = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#process.stdin?.on('error', () => {});
    const { stdout } = this.#process;
    if (!stdout) throw new Error('The slow relay has no output.');
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  }

  get address(): string {
    return this.#address;
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
    this.#say(all);
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.stdin?.end();
    await ended;
  }

  #say(value: unknown): void {
    this.#process.stdin?.write(`${JSON.stringify(value)}\n`);
  }

  async #hear(): Promise<unknown> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('The slow relay has ended.');
    return JSON.parse(value);
  }

  async #listen(): Promise<void> {
    for await (const line of this.#lines) {
      const { came, taken } = JSON.parse(line) as { came?: string; taken?: string };
      if (came !== undefined) this.#came.add(came);
      if (taken !== undefined) this.#taken.add(taken);
    }
  }
}
