/**
 * An IMAP client that knows when each line came: what a library would add between the socket and its
 * event would be measured too. Only what the benchmarks need (RFC 9051).
 */
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { connect, type TLSSocket } from 'node:tls';
import type { Login } from '../../test/support/delivery.ts';
import type { SmtpTarget } from '../../test/support/smtp.ts';
import { takeResponse } from './imap-response.ts';

const TIMEOUT_MS = 60_000;

export interface Response {
  /** Without the final CRLF; each character is one byte. */
  readonly text: string;
  /** `performance.now()` when its last byte came. */
  readonly at: number;
}

export class ImapConnection {
  readonly #socket: TLSSocket;
  readonly #responses: Response[] = [];
  #received = '';
  #tags = 0;
  #ended: Error | undefined;
  #wakeUp: () => void = () => {};

  /** Connects with TLS to port 993 and reads the greeting. */
  static async connect({ address, domain }: SmtpTarget): Promise<ImapConnection> {
    const socket = connect({
      host: address,
      port: 993,
      servername: domain,
      rejectUnauthorized: false,
    });
    socket.setNoDelay(true);
    const connection = new ImapConnection(socket);
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(TIMEOUT_MS) });
    await connection.waitFor(/^\* OK/);
    return connection;
  }

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.on('data', (data: Buffer) => this.#take(data));
    socket.on('error', (error) => this.#end(error));
    socket.on('close', () => this.#end(new Error('the connection was closed')));
  }

  /** Logs in, which creates the account if there is none. */
  async login({ address, password }: Login): Promise<void> {
    await this.command(`LOGIN "${address}" "${password}"`);
  }

  /** Runs a command to its end. Gives the untagged responses. Throws unless it ends with OK. */
  async command(text: string): Promise<string[]> {
    this.#tags += 1;
    const tag = `t${this.#tags}`;
    this.#socket.write(`${tag} ${text}\r\n`);
    return await this.#untilTagged(tag);
  }

  /** Starts IDLE (RFC 2177) and waits until the server is in it. */
  async idle(): Promise<void> {
    this.#tags += 1;
    this.#socket.write(`t${this.#tags} IDLE\r\n`);
    await this.waitFor(/^\+/);
  }

  /** Ends IDLE. */
  async done(): Promise<void> {
    this.#socket.write('DONE\r\n');
    await this.#untilTagged(`t${this.#tags}`);
  }

  /** Waits for a response; those before it are dropped. */
  async waitFor(pattern: RegExp): Promise<Response> {
    const deadline = performance.now() + TIMEOUT_MS;
    for (;;) {
      const response = await this.#next(deadline);
      if (pattern.test(response.text)) return response;
    }
  }

  async logout(): Promise<void> {
    await this.command('LOGOUT');
    this.abort();
  }

  /** Cuts the connection without a word. */
  abort(): void {
    this.#socket.destroy();
  }

  async #untilTagged(tag: string): Promise<string[]> {
    const deadline = performance.now() + TIMEOUT_MS;
    const untagged: string[] = [];
    for (;;) {
      const { text } = await this.#next(deadline);
      if (text.startsWith(`${tag} OK`)) return untagged;
      if (text.startsWith(`${tag} `)) throw new Error(`IMAP: ${text}`);
      untagged.push(text);
    }
  }

  async #next(deadline: number): Promise<Response> {
    for (;;) {
      const response = this.#responses.shift();
      if (response) return response;
      if (this.#ended) throw new Error(`IMAP: ${this.#ended.message}`);
      await this.#arrival(deadline - performance.now());
    }
  }

  async #arrival(timeoutMs: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const late = () => reject(new Error('IMAP: no answer in time'));
      const timer = setTimeout(late, Math.max(timeoutMs, 1));
      this.#wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #take(data: Buffer): void {
    const at = performance.now();
    this.#received += data.toString('latin1');
    for (;;) {
      const text = takeResponse(this.#received);
      if (text === undefined) break;
      this.#received = this.#received.slice(text.length);
      this.#responses.push({ text: text.slice(0, -2), at });
    }
    this.#wakeUp();
  }

  #end(error: Error): void {
    this.#ended ??= error;
    this.#wakeUp();
  }
}
