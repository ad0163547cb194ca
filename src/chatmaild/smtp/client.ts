/** As much of an SMTP client as it takes to hand a message to this host's own Postfix. */
import { connect, type Socket } from 'node:net';
import type { SmtpReply } from './reply.ts';

/** For each reply; the filter asks the DNS before it answers. */
const TIMEOUT_MS = 300_000;
const MAX_REPLY_BYTES = 64 * 1024;
const WHOLE_REPLY = /^(?:\d{3}-[^\n]*\n)*(\d{3})(?: ([^\r\n]*))?\r?\n/;

/** One connection. Every method throws when it breaks. */
export class SmtpClient {
  readonly #socket: Socket;
  #received = '';
  #failure: Error | undefined;
  #wakeUp = (): void => {};

  constructor(port: number, host = '127.0.0.1') {
    this.#socket = connect({ port, host });
    this.#socket.setTimeout(TIMEOUT_MS, () => this.#socket.destroy(new Error('no reply in time')));
    this.#socket.on('data', (data: Buffer) => {
      this.#received += data.toString('latin1');
      if (this.#received.length > MAX_REPLY_BYTES) this.#socket.destroy(new Error('endless reply'));
      this.#wakeUp();
    });
    this.#socket.on('drain', () => this.#wakeUp());
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => this.#fail(new Error('connection closed')));
  }

  /** The next reply. */
  async reply(): Promise<SmtpReply> {
    for (;;) {
      const whole = WHOLE_REPLY.exec(this.#received);
      if (whole) {
        this.#received = this.#received.slice(whole[0].length);
        return { code: Number(whole[1]), text: whole[2] ?? '' };
      }
      await this.#change();
    }
  }

  /** Sends a line and gives the reply. */
  async command(line: string): Promise<SmtpReply> {
    this.#socket.write(`${line}\r\n`, 'latin1');
    return await this.reply();
  }

  /** Sends bytes, and waits while Postfix takes no more. */
  async write(bytes: Buffer): Promise<void> {
    this.#socket.write(bytes);
    while (this.#socket.writableNeedDrain) await this.#change();
  }

  /** Without a word: Postfix forgets a message that was not ended. */
  close(): void {
    this.#socket.destroy();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wakeUp();
  }

  async #change(): Promise<void> {
    if (this.#failure) throw this.#failure;
    await new Promise<void>((resolve) => {
      this.#wakeUp = resolve;
    });
  }
}
