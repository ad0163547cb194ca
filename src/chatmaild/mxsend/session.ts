/**
 * The SMTP server that Postfix's smtp(8) tries before the mail exchanger: 250 means that the peer has
 * the message, 5xx that it will never take it, 4xx that Postfix must go on to port 25.
 */
import type { Socket } from 'node:net';
import type { SmtpReply } from '../smtp/reply.ts';
import { Lines } from './lines.ts';

export interface Envelope {
  /** Empty for bounces. */
  readonly from: string;
  readonly to: readonly string[];
}

/** How a message gets to a domain. */
export interface Route {
  /** Whether messages can be posted now. If not, those who may have theirs get their answer all the same. */
  readonly isOpen: boolean;
  /** Whether the recipient may have the sender's message from an earlier call of {@link deliver}. */
  readonly mayHave: (from: string, to: string) => boolean;
  /** Calls for `message` once; never rejects. */
  readonly deliver: (envelope: Envelope, message: AsyncIterable<Buffer>) => Promise<SmtpReply>;
}

/** Never rejects. */
export type FindRoute = (domain: string) => Promise<Route>;

interface Transaction {
  readonly from: string;
  readonly to: string[];
  readonly domain: string;
  readonly route: Route;
  /** Whether it is for those who may have the message, or for those who have not. */
  readonly again: boolean;
}

const IDLE_MS = 600_000;
const MAX_RECIPIENTS = 1000;
export const GO_ON: SmtpReply = { code: 451, text: '4.4.1 HTTPS does not lead there' };
const OK: SmtpReply = { code: 250, text: '2.0.0 ok' };
const BAD_ORDER: SmtpReply = { code: 503, text: '5.5.1 bad sequence of commands' };

/** Talks to one client until it leaves. */
export const serveSmtp = async (socket: Socket, findRoute: FindRoute): Promise<void> => {
  socket.setTimeout(IDLE_MS, () => socket.destroy());
  const session = new Session(socket, findRoute);
  try {
    await session.run();
  } finally {
    socket.destroy();
  }
};

class Session {
  readonly #socket: Socket;
  readonly #lines: Lines;
  readonly #findRoute: FindRoute;
  #from: string | undefined;
  #transaction: Transaction | undefined;

  constructor(socket: Socket, findRoute: FindRoute) {
    this.#socket = socket;
    this.#lines = new Lines(socket);
    this.#findRoute = findRoute;
  }

  async run(): Promise<void> {
    this.#reply({ code: 220, text: 'localhost ESMTP' });
    for (;;) {
      const line = await this.#lines.line();
      if (line === undefined) return;
      const [verb = ''] = line.split(' ', 1);
      if (verb.toUpperCase() === 'QUIT') {
        this.#reply({ code: 221, text: '2.0.0 bye' });
        this.#socket.end();
        return;
      }
      this.#reply(await this.#command(verb.toUpperCase(), line));
    }
  }

  async #command(verb: string, line: string): Promise<SmtpReply> {
    switch (verb) {
      case 'EHLO':
        this.#reset();
        // Without the first, Postfix would convert messages, and so break their signatures.
        this.#socket.write('250-localhost\r\n250-8BITMIME\r\n');
        return { code: 250, text: 'ENHANCEDSTATUSCODES' };
      case 'HELO':
      case 'RSET':
        this.#reset();
        return OK;
      case 'NOOP':
        return OK;
      case 'MAIL':
        return this.#mail(line);
      case 'RCPT':
        return await this.#rcpt(line);
      case 'DATA':
        return await this.#data();
      default:
        return { code: 502, text: '5.5.1 no such command' };
    }
  }

  #mail(line: string): SmtpReply {
    if (this.#from !== undefined) return BAD_ORDER;
    const address = /^MAIL FROM:<([!-;=?-~]*)>/i.exec(line)?.[1];
    if (address === undefined) return GO_ON;
    this.#from = address;
    return OK;
  }

  /** Postfix gives all recipients of one domain at a time. */
  async #rcpt(line: string): Promise<SmtpReply> {
    const from = this.#from;
    if (from === undefined) return BAD_ORDER;
    // What fits into a header field. Quoted, an address may have all sorts of characters.
    const address = /^RCPT TO:<([!-;=?-~]+)>/i.exec(line)?.[1];
    if (address === undefined) return GO_ON;
    const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
    this.#transaction ??= await this.#begin(from, address, domain);
    const { to, route, again } = this.#transaction;
    const fits = this.#transaction.domain === domain && to.length < MAX_RECIPIENTS;
    if (!fits || route.mayHave(from, address) !== again) return GO_ON;
    to.push(address);
    return OK;
  }

  async #begin(from: string, first: string, domain: string): Promise<Transaction> {
    const route = await this.#findRoute(domain);
    return { from, to: [], domain, route, again: !route.isOpen || route.mayHave(from, first) };
  }

  async #data(): Promise<SmtpReply> {
    const transaction = this.#transaction;
    this.#reset();
    if (!transaction || transaction.to.length === 0) return BAD_ORDER;
    this.#reply({ code: 354, text: 'go ahead' });
    const message = this.#lines.message();
    const reply = await transaction.route.deliver(transaction, message);
    // What was not read: the disk may be full.
    while (!(await message.next()).done);
    return reply;
  }

  #reset(): void {
    this.#from = undefined;
    this.#transaction = undefined;
  }

  #reply({ code, text }: SmtpReply): void {
    this.#socket.write(`${code} ${text}\r\n`, 'latin1');
  }
}
