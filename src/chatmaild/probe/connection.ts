/** A connection whose other side may say nothing, too much, or something else than expected. */
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';

/** Longest line of SMTP, IMAP or HTTP that is read: longer than any that our daemons send. */
const MAX_LINE_BYTES = 8192;
/** Most that may wait to be read. */
const MAX_BUFFERED_BYTES = 128 * 1024;

/** What is being waited for, and how long at most. */
interface Wait {
  readonly done: () => boolean;
  readonly timeoutMs: number;
}

export class Connection {
  #socket: Socket;
  #buffer: Buffer = Buffer.alloc(0);
  #failure: Error | undefined;
  #ended = false;
  #wake: () => void = () => {};
  readonly #background: boolean;

  /** @param background does not keep the process alive */
  constructor(options: NetConnectOpts, background = false) {
    this.#background = background;
    this.#socket = connect(options);
    if (background) this.#socket.unref();
    this.#listen(this.#socket);
  }

  /** Waits until the other side has taken the connection. */
  async connected(timeoutMs: number): Promise<void> {
    this.#socket.once('connect', () => this.#wake());
    await this.#until({ done: () => this.#socket.readyState === 'open', timeoutMs });
  }

  /** Begins TLS. What is wrong with the certificate is left to the caller. */
  async startTls(options: ConnectionOptions, timeoutMs: number): Promise<TLSSocket> {
    if (this.#buffer.length > 0) throw new Error('it said something before TLS began');
    const plain = this.#socket;
    for (const event of ['data', 'end', 'close']) plain.removeAllListeners(event);
    const secure = connectTls({ ...options, socket: plain, rejectUnauthorized: false });
    let begun = false;
    secure.once('secureConnect', () => {
      begun = true;
      this.#wake();
    });
    this.#socket = secure;
    this.#listen(secure);
    await this.#until({ done: () => begun, timeoutMs });
    return secure;
  }

  write(text: string): void {
    this.#socket.write(text, 'latin1');
  }

  /** The next line without its end; each character is one byte. */
  async line(timeoutMs: number): Promise<string> {
    let end = -1;
    const done = (): boolean => {
      end = this.#buffer.indexOf(10);
      if (end > MAX_LINE_BYTES || (end < 0 && this.#buffer.length > MAX_LINE_BYTES)) {
        this.fail(new Error(`it sent a line of more than ${MAX_LINE_BYTES} bytes`));
        return false;
      }
      return end >= 0;
    };
    await this.#until({ done, timeoutMs });
    return this.#take(end + 1).replace(/\r?\n$/, '');
  }

  async bytes(count: number, timeoutMs: number): Promise<string> {
    if (count > MAX_BUFFERED_BYTES) throw new Error(`it announced ${count} bytes`);
    await this.#until({ done: () => this.#buffer.length >= count, timeoutMs });
    return this.#take(count);
  }

  /** Everything up to the end of the connection. */
  async rest(timeoutMs: number): Promise<string> {
    await this.#until({ done: () => this.#ended, timeoutMs });
    return this.#take(this.#buffer.length);
  }

  /** Ends the connection; whoever waits for it is told why. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.close();
  }

  close(): void {
    this.#socket.destroy();
    this.#wake();
  }

  #take(count: number): string {
    const taken = this.#buffer.toString('latin1', 0, count);
    this.#buffer = this.#buffer.subarray(count);
    return taken;
  }

  #listen(socket: Socket): void {
    socket.on('data', (data: Buffer) => {
      this.#buffer = Buffer.concat([this.#buffer, data]);
      if (this.#buffer.length > MAX_BUFFERED_BYTES) {
        this.fail(new Error('it sent more than was asked for'));
      }
      this.#wake();
    });
    const over = () => {
      this.#ended = true;
      this.#wake();
    };
    socket.on('end', over).on('close', over);
    socket.on('error', (error) => {
      this.#failure ??= error;
      this.#wake();
    });
  }

  async #until({ done, timeoutMs }: Wait): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!done()) {
      if (this.#failure) throw this.#failure;
      if (this.#ended) throw new Error('it closed the connection');
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`it did not answer within ${Math.ceil(timeoutMs / 1000)} s`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        if (this.#background) timer.unref();
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}
