/** HTTPS servers that stand in for other machines: processes of their own on the lab's network. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { IN_LAB } from './cmdeploy.ts';

/** Certificate and key, both PEM, for a server at that IP address. */
type Certify = (address: string) => { readonly cert: string; readonly key: string };

export class StandIn {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterableIterator<string>;
  readonly #ended: Promise<unknown>;
  #address = '';
  #port = 0;

  /** Starts a program of this folder that uses `serveHttps` of `stand-in-process.mjs`. */
  static async start(program: string, certify: Certify): Promise<StandIn> {
    const standIn = new StandIn(program);
    try {
      standIn.#address = String(await standIn.#hear());
      standIn.say(certify(standIn.#address));
      standIn.#port = Number(await standIn.#hear());
      return standIn;
    } catch (error) {
      await standIn.close();
      throw error;
    }
  }

  private constructor(name: string) {
    const script = fileURLToPath(new URL(name, import.meta.url));
    const [program, ...args] = [...IN_LAB, process.execPath, script];
    this.#process = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#process.stdin.on('error', () => {});
    this.#ended = once(this.#process, 'exit');
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  get address(): string {
    return this.#address;
  }

  get port(): number {
    return this.#port;
  }

  /** Sends it a value, as JSON. */
  say(value: unknown): void {
    this.#process.stdin.write(`${JSON.stringify(value)}\n`);
  }

  /** Gives `heard` each value that it says, until it ends. */
  async listen(heard: (value: unknown) => void): Promise<void> {
    for await (const line of this.#lines) heard(JSON.parse(line));
  }

  async close(): Promise<void> {
    this.#process.stdin.end();
    await this.#ended;
  }

  async #hear(): Promise<unknown> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('The stand-in has ended.');
    return JSON.parse(value);
  }
}
