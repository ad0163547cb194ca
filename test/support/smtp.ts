/**
 * An SMTP client that does exactly what a test says, mistakes included: single commands and raw
 * bytes, replies as they come (RFC 5321). For mail that should simply go: `delivery.ts`.
 */
import { connect as connectTcp, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';

const TIMEOUT_MS = 30_000;

export interface SmtpReply {
  readonly code: number;
  /** The text of all lines, joined by newlines. */
  readonly text: string;
}

export interface SmtpTarget {
  /** IP address. */
  readonly address: string;
  /** Name sent as SNI. */
  readonly domain: string;
}

/** On 443 a client asks for SMTP by ALPN. */
export type SmtpPort = 25 | 443 | 465 | 587;

export interface SmtpTlsOptions {
  readonly minVersion?: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';
  readonly maxVersion?: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';
  /** Offered by ALPN. */
  readonly protocols?: readonly string[];
}

export class SmtpSession {
  readonly #target: SmtpTarget;
  readonly #transcript: string[] = [];
  #socket: Socket | TLSSocket;
  #received = '';
  #ended: Error | undefined;
  #wakeUp: () => void = () => {};

  /** Connects (with TLS at once on 443 and 465) and reads the greeting, which must be 220. */
  static async connect(
    target: SmtpTarget,
    port: SmtpPort,
    tls: SmtpTlsOptions = {},
  ): Promise<SmtpSession> {
    const plain = connectTcp({ host: target.address, port });
    await ready(plain, 'connect', `${target.address}:${port}`);
    const session = new SmtpSession(target, plain);
    try {
      if (port === 465) await session.secure(tls);
      if (port === 443) await session.secure({ ...tls, protocols: ['smtp'] });
      await session.expect(220);
    } catch (error) {
      session.abort();
      throw error;
    }
    return session;
  }

  private constructor(target: SmtpTarget, socket: Socket) {
    this.#target = target;
    this.#socket = socket;
    this.#listen(socket);
  }

  /** Sends a line and gives the reply. */
  async command(line: string): Promise<SmtpReply> {
    this.write(`${line}\r\n`);
    return await this.reply();
  }

  /** As {@link command}; any other code than `code` is an error that shows the whole session. */
  async expect(code: number, line?: string): Promise<SmtpReply> {
    const reply = line === undefined ? await this.reply() : await this.command(line);
    if (reply.code === code) return reply;
    throw new Error(`SMTP: expected ${code}, got ${reply.code}.\n${this.transcript()}`);
  }

  write(bytes: string | Uint8Array): void {
    const text = typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('latin1');
    this.#transcript.push(`> ${text.length > 300 ? `(${text.length} bytes)` : text.trimEnd()}`);
    this.#socket.write(bytes);
  }

  /** The next reply (RFC 5321 section 4.2.1: the last line has a space after the code). */
  async reply(timeoutMs = TIMEOUT_MS): Promise<SmtpReply> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const complete = /^(?:\d{3}-.*\r\n)*(\d{3})(?: .*)?\r\n/.exec(this.#received);
      if (complete) return this.#take(complete[0], Number(complete[1]));
      if (this.#ended) throw new Error(`SMTP: ${this.#ended.message}\n${this.transcript()}`);
      await this.#arrival(deadline - Date.now());
    }
  }

  async ehlo(name = 'client.test'): Promise<SmtpReply> {
    return await this.expect(250, `EHLO ${name}`);
  }

  async startTls(tls: SmtpTlsOptions = {}): Promise<void> {
    await this.expect(220, 'STARTTLS');
    await this.secure(tls);
  }

  /** AUTH PLAIN (RFC 4616); gives whatever the server answers. */
  async authPlain(user: string, password: string): Promise<SmtpReply> {
    const token = Buffer.from(`\0${user}\0${password}`).toString('base64');
    return await this.command(`AUTH PLAIN ${token}`);
  }

  /** Sends DATA and the message, dots doubled (RFC 5321 section 4.5.2), and gives the last reply. */
  async data(message: string): Promise<SmtpReply> {
    const go = await this.command('DATA');
    if (go.code !== 354) return go;
    this.write(`${message.replace(/^\./gm, '..').replace(/(\r\n)?$/, '\r\n')}.\r\n`);
    return await this.reply();
  }

  /** Waits until the server has closed the connection. */
  async closed(timeoutMs = TIMEOUT_MS): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!this.#ended) await this.#arrival(deadline - Date.now());
  }

  async quit(): Promise<void> {
    if (!this.#ended) await this.command('QUIT').catch(() => {});
    this.abort();
  }

  /** Cuts the connection without a word. */
  abort(): void {
    this.#socket.destroy();
  }

  transcript(): string {
    return this.#transcript.join('\n');
  }

  /** Begins TLS, whatever was said before; see {@link startTls} for the usual way. */
  async secure({ minVersion, maxVersion, protocols }: SmtpTlsOptions = {}): Promise<void> {
    const options: ConnectionOptions = {
      socket: this.#socket,
      servername: this.#target.domain,
      rejectUnauthorized: false,
      ...(minVersion ? { minVersion } : {}),
      ...(maxVersion ? { maxVersion } : {}),
      ...(protocols ? { ALPNProtocols: [...protocols] } : {}),
    };
    this.#socket.removeAllListeners('data');
    const secure = connectTls(options);
    await ready(secure, 'secureConnect', `TLS with ${this.#target.domain}`);
    this.#socket = secure;
    this.#listen(secure);
    this.#transcript.push(`* ${secure.getProtocol()}`);
  }

  #listen(socket: Socket): void {
    socket.on('data', (data: Buffer) => {
      this.#received += data.toString('latin1');
      this.#wakeUp();
    });
    const end = (error: Error) => {
      this.#ended ??= error;
      this.#wakeUp();
    };
    socket.on('error', end);
    socket.on('close', () => end(new Error('the connection was closed')));
  }

  #take(raw: string, code: number): SmtpReply {
    this.#received = this.#received.slice(raw.length);
    this.#transcript.push(`< ${raw.trimEnd()}`);
    return {
      code,
      text: raw
        .trimEnd()
        .replace(/^\d{3}[- ]/gm, '')
        .replaceAll('\r', ''),
    };
  }

  async #arrival(timeoutMs: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const late = () => reject(new Error(`SMTP: no answer in time.\n${this.transcript()}`));
      const timer = setTimeout(late, Math.max(timeoutMs, 1));
      this.#wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

async function ready(socket: Socket, event: string, what: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const settle = (error?: Error) => {
      clearTimeout(timer);
      socket.off('error', settle).off('close', closed).off(event, done);
      if (!error) return resolve();
      socket.destroy();
      reject(new Error(`${what}: ${error.message}`));
    };
    const done = () => settle();
    const closed = () => settle(new Error('the connection was closed'));
    const timer = setTimeout(() => settle(new Error('no answer in time')), TIMEOUT_MS);
    socket.on('error', settle).on('close', closed).on(event, done);
  });
}
