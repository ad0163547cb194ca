/** A client in IDLE (RFC 2177), as a phone holds it all day: it counts, and notes when it is thrown out. */
import { connect, type TLSSocket } from 'node:tls';
import { vi } from 'vitest';
import type { Login } from './delivery.ts';
import type { SmtpTarget } from './smtp.ts';

const PATIENCE = { timeout: 30_000, interval: 50 };

export class IdleClient {
  readonly login: Login;
  /** Why the server ended the connection, as far as it said. */
  dropped: string | undefined;
  /** Messages in the INBOX as the server last told. */
  exists = 0;

  readonly #socket: TLSSocket;
  #received = '';
  #closing = false;

  /** Logs in, which makes the account if there is none, and goes into IDLE on the INBOX. */
  static async start({ address, domain }: SmtpTarget, login: Login): Promise<IdleClient> {
    const options = { host: address, port: 993, servername: domain, rejectUnauthorized: false };
    const client = new IdleClient(connect(options), login);
    await client.#say(`a LOGIN ${login.address} "${login.password}"`, /^a (\S+)/m, 'OK');
    await client.#say('b SELECT INBOX', /^b (\S+)/m, 'OK');
    await client.#say('c IDLE', /^(\+|c \S+)/m, '+');
    return client;
  }

  private constructor(socket: TLSSocket, login: Login) {
    this.#socket = socket;
    this.login = login;
    socket.setEncoding('latin1');
    socket.on('data', (data: string) => this.#take(data));
    socket.on('error', (error) => this.#end(error.message));
    socket.on('close', () => this.#end('closed'));
  }

  close(): void {
    this.#closing = true;
    this.#socket.destroy();
  }

  async #say(line: string, answer: RegExp, good: string): Promise<void> {
    this.#socket.write(`${line}\r\n`);
    await vi.waitUntil(() => this.dropped !== undefined || answer.test(this.#received), PATIENCE);
    if (answer.exec(this.#received)?.[1] === good) return;
    throw new Error(`IMAP: ${line.slice(0, 20)}: ${this.dropped ?? ''} ${this.#received}`);
  }

  #take(data: string): void {
    this.#received = (this.#received + data).slice(-4000);
    const [last] = [...this.#received.matchAll(/^\* (\d+) EXISTS\r$/gm)].slice(-1);
    this.exists = Number(last?.[1] ?? this.exists);
    if (/^\* BYE/m.test(this.#received)) this.#end(this.#received.trim());
  }

  #end(why: string): void {
    if (!this.#closing) this.dropped ??= why;
  }
}
