/** As much of an IMAP client (RFC 9051, RFC 2177) as a probe needs. */
import type { Connection } from './connection.ts';
import type { Network, ServedCertificate } from './network.ts';

const TIMEOUT_MS = 5000;
/** An account may have to be made; a refused login is held back for two seconds. */
const LOGIN_TIMEOUT_MS = 10_000;
/** Answers to one command that are read before it is given up. */
const MAX_LINES = 200;
/** Its one message is a fraction of this. */
const MAX_LITERAL_BYTES = 32 * 1024;

export class ImapClient {
  readonly #connection: Connection;
  readonly certificate: ServedCertificate;
  #tag = 0;
  #idling = false;

  /** Connects and begins TLS: at once on port 993, by STARTTLS on port 143. */
  static async open(network: Network, port: 143 | 993): Promise<ImapClient> {
    const connection = await network.tcp(port);
    try {
      const early = port === 993 ? await network.startTls(connection) : undefined;
      const greeting = await connection.line(TIMEOUT_MS);
      if (!greeting.startsWith('* OK ')) {
        throw new Error(`its greeting was ${greeting.slice(0, 200)}`);
      }
      if (early) return new ImapClient(connection, early);
      connection.write('s STARTTLS\r\n');
      const answer = await connection.line(TIMEOUT_MS);
      if (!answer.startsWith('s OK')) throw new Error(`STARTTLS: ${answer.slice(0, 200)}`);
      return new ImapClient(connection, await network.startTls(connection));
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  constructor(connection: Connection, certificate: ServedCertificate) {
    this.#connection = connection;
    this.certificate = certificate;
  }

  async login(user: string, password: string): Promise<void> {
    await this.#command(`LOGIN "${user}" "${password}"`, 'LOGIN', LOGIN_TIMEOUT_MS);
  }

  async select(mailbox: string): Promise<void> {
    await this.#command(`SELECT ${mailbox}`, 'SELECT');
  }

  async startIdle(): Promise<void> {
    this.#connection.write(`${this.#nextTag()} IDLE\r\n`);
    await this.#lineThat((line) => line.startsWith('+'), 'IDLE', TIMEOUT_MS);
    this.#idling = true;
  }

  /** Waits for the announcement of new mail. @returns its sequence number */
  async idleUntilMail(timeoutMs: number): Promise<number> {
    const pattern = /^\* ([1-9]\d{0,8}) EXISTS$/i;
    const line = await this.#lineThat((text) => pattern.test(text), 'IDLE', timeoutMs);
    return Number(pattern.exec(line)?.[1]);
  }

  async endIdle(): Promise<void> {
    this.#idling = false;
    this.#connection.write('DONE\r\n');
    await this.#tagged('IDLE', TIMEOUT_MS);
  }

  /** The source of a message; each character is one byte. */
  async fetch(number: number): Promise<string> {
    this.#connection.write(`${this.#nextTag()} FETCH ${number} BODY.PEEK[]\r\n`);
    const pattern = new RegExp(`^\\* ${number} FETCH \\(.*BODY\\[\\] \\{(\\d{1,9})\\}$`, 'i');
    const line = await this.#lineThat((text) => pattern.test(text), 'FETCH', TIMEOUT_MS);
    const size = Number(pattern.exec(line)?.[1]);
    if (size > MAX_LITERAL_BYTES) throw new Error(`FETCH: a message of ${size} bytes`);
    const source = await this.#connection.bytes(size, TIMEOUT_MS);
    await this.#tagged('FETCH', TIMEOUT_MS);
    return source;
  }

  /** Waits until the server has closed the connection, and so the mailbox. */
  async logout(): Promise<void> {
    // Until then a server takes nothing else (RFC 2177).
    if (this.#idling) this.#connection.write('DONE\r\n');
    this.#connection.write(`${this.#nextTag()} LOGOUT\r\n`);
    await this.#connection.rest(TIMEOUT_MS).catch(() => {});
    this.#connection.close();
  }

  async #command(text: string, name: string, timeoutMs = TIMEOUT_MS): Promise<void> {
    this.#connection.write(`${this.#nextTag()} ${text}\r\n`);
    await this.#tagged(name, timeoutMs);
  }

  #nextTag(): string {
    this.#tag += 1;
    return `p${this.#tag}`;
  }

  async #tagged(name: string, timeoutMs: number): Promise<void> {
    const tag = `p${this.#tag} `;
    const line = await this.#lineThat((text) => text.startsWith(tag), name, timeoutMs);
    refuse(line, tag, name);
  }

  /** Reads lines up to one that `fits`. A tagged answer that does not is a refusal. */
  async #lineThat(
    fits: (line: string) => boolean,
    name: string,
    timeoutMs: number,
  ): Promise<string> {
    const deadline = performance.now() + timeoutMs;
    for (let count = 0; count < MAX_LINES; count += 1) {
      const line = await this.#connection.line(Math.max(0, deadline - performance.now()));
      if (fits(line)) return line;
      refuse(line, `p${this.#tag} `, name);
    }
    throw new Error(`${name}: its answer does not end`);
  }
}

const refuse = (line: string, tag: string, name: string): void => {
  if (!line.startsWith(tag) || /^OK\b/i.test(line.slice(tag.length))) return;
  throw new Error(`its answer to ${name} was ${line.slice(tag.length, 300)}`);
};
