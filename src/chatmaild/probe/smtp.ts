/** As much of an SMTP client (RFC 5321, 3207, 4954) as a probe needs. */
import type { Connection } from './connection.ts';
import type { Network, ServedCertificate } from './network.ts';
import { PermanentError } from './steps.ts';

const TIMEOUT_MS = 5000;
/** Filter, signature and queue, on a slow machine. */
const DATA_TIMEOUT_MS = 10_000;
/** Lines of one reply. */
const MAX_LINES = 50;

export interface Envelope {
  readonly from: string;
  readonly to: string;
}

export class SmtpClient {
  readonly #connection: Connection;
  readonly certificate: ServedCertificate;

  /** Connects and begins TLS: at once on port 465, by STARTTLS on the others. */
  static async open(network: Network, port: 25 | 465 | 587): Promise<SmtpClient> {
    const connection = await network.tcp(port);
    try {
      return await secure(network, connection, port === 465);
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
    const token = Buffer.from(`\0${user}\0${password}`, 'latin1').toString('base64');
    await command(this.#connection, `AUTH PLAIN ${token}`, 235, 'AUTH', 2 * TIMEOUT_MS);
  }

  /** Hands over a message whose lines end with CRLF. @returns its queue id, when the server told it */
  async send({ from, to }: Envelope, message: string): Promise<string | undefined> {
    await command(this.#connection, `MAIL FROM:<${from}>`, 250, 'MAIL');
    await command(this.#connection, `RCPT TO:<${to}>`, 250, 'RCPT');
    await command(this.#connection, 'DATA', 354, 'DATA');
    const source = `${message.replace(/^\./gm, '..')}.`;
    const reply = await command(this.#connection, source, 250, 'the message', DATA_TIMEOUT_MS);
    return /queued as ([0-9A-Za-z]{6,32})\b/.exec(reply)?.[1];
  }

  quit(): void {
    this.#connection.write('QUIT\r\n');
    this.#connection.close();
  }
}

const secure = async (
  network: Network,
  connection: Connection,
  implicit: boolean,
): Promise<SmtpClient> => {
  const early = implicit ? await network.startTls(connection) : undefined;
  await expect(connection, 220, 'its greeting');
  const offers = await ehlo(connection);
  if (early) return new SmtpClient(connection, early);
  if (!/^STARTTLS$/im.test(offers)) throw new Error('it does not offer STARTTLS');
  await command(connection, 'STARTTLS', 220, 'STARTTLS');
  const certificate = await network.startTls(connection);
  await ehlo(connection);
  return new SmtpClient(connection, certificate);
};

const ehlo = (connection: Connection): Promise<string> =>
  command(connection, 'EHLO localhost', 250, 'EHLO');

const command = (
  connection: Connection,
  line: string,
  code: number,
  what: string,
  timeoutMs = TIMEOUT_MS,
): Promise<string> => {
  connection.write(`${line}\r\n`);
  return expect(connection, code, `its answer to ${what}`, timeoutMs);
};

/** @returns the reply's text, a line for each of its lines */
const expect = async (
  connection: Connection,
  code: number,
  what: string,
  timeoutMs = TIMEOUT_MS,
): Promise<string> => {
  const texts: string[] = [];
  for (let count = 0; count < MAX_LINES; count += 1) {
    const line = await connection.line(timeoutMs);
    const [, found, separator, text = ''] = /^(\d{3})([ -]?)(.*)$/.exec(line) ?? [];
    if (found === undefined) throw new Error(`${what} is not SMTP: ${line.slice(0, 100)}`);
    texts.push(text);
    if (separator === '-') continue;
    if (Number(found) === code) return texts.join('\n');
    const problem = `${what} was ${found} ${texts.join(' ').slice(0, 300)}`;
    throw found.startsWith('5') ? new PermanentError(problem) : new Error(problem);
  }
  throw new Error(`${what} does not end`);
};
