import { DictProtocolError } from './commands.ts';

/**
 * Longest line: what a value may need with room to spare. Dovecot itself takes values of megabytes from a
 * client and passes them on.
 */
export const MAX_LINE_BYTES = 64 * 1024;

/** Cuts a byte stream into lines, one character per byte; holds at most one unfinished line. */
export class LineReader {
  #rest = '';

  /** Lines that `chunk` completes, without their newlines. @throws DictProtocolError on a long one */
  *push(chunk: Buffer): Generator<string> {
    const lines = (this.#rest + chunk.toString('latin1')).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) yield checked(line);
    checked(this.#rest);
  }
}

const checked = (line: string): string => {
  if (line.length > MAX_LINE_BYTES) throw new DictProtocolError('line too long');
  return line;
};
