/** What an SMTP client sends (RFC 5321 section 2.3.8), in lines and in messages. */
import { undot } from '../smtp/dots.ts';

/** Postfix breaks lines after 998 characters. */
const MAX_LINE_LENGTH = 16 * 1024;

/** Reads a connection as fast as what it sends is used, so that nothing piles up. */
export class Lines {
  readonly #chunks: AsyncIterator<Buffer>;
  /** Not used yet, one character per byte. */
  #text = '';

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** The next line without its end; undefined when there is none. @throws Error when it has no end */
  async line(): Promise<string | undefined> {
    for (;;) {
      const end = this.#text.indexOf('\r\n');
      if (end >= 0) {
        const line = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        return line;
      }
      if (!(await this.#more())) return undefined;
    }
  }

  /**
   * The message that follows DATA, up to the lone dot. Who stops reading it leaves the rest where it is:
   * it must be read to its end before the next line. @throws Error when the connection ends in it
   */
  message(): AsyncIterableIterator<Buffer> {
    const pieces = this.#pieces();
    // Without return(), by which a loop that is left would end it, and what follows be taken for commands.
    const message = { next: () => pieces.next(), [Symbol.asyncIterator]: () => message };
    return message;
  }

  async *#pieces(): AsyncGenerator<Buffer> {
    for (;;) {
      const lines = this.#text.split('\r\n');
      const rest = lines.pop() ?? '';
      const end = lines.indexOf('.');
      if (end >= 0) {
        this.#text = [...lines.slice(end + 1), rest].join('\r\n');
        if (end > 0) yield undot(lines.slice(0, end));
        return;
      }
      this.#text = rest;
      if (lines.length > 0) yield undot(lines);
      if (!(await this.#more())) throw new Error('the message has no end');
    }
  }

  async #more(): Promise<boolean> {
    if (this.#text.length > MAX_LINE_LENGTH) throw new Error('a line has no end');
    const next = await this.#chunks.next();
    if (next.done) return false;
    this.#text += next.value.toString('latin1');
    return true;
  }
}
