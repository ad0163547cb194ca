/**
 * Messages as SMTP's DATA carries them (RFC 5321 section 4.5.2): lines end with CRLF, one that begins
 * with a dot gets another one, a dot alone ends it. Texts have one character per byte.
 */

/** Encodes a message in pieces of any size. A bare LF becomes CRLF, so that no piece can end DATA. */
export class DotEncoder {
  /** As much of what was written as says how the next piece begins. */
  #context: '\r\n' | '\r' | '' = '\r\n';

  push(chunk: Buffer): Buffer {
    const text = this.#context + chunk.toString('latin1');
    const encoded = text.replace(/(?<!\r)\n/g, '\r\n').replace(/\r\n\./g, '\r\n..');
    const written = this.#context.length;
    if (encoded.endsWith('\r\n')) this.#context = '\r\n';
    else this.#context = encoded.endsWith('\r') ? '\r' : '';
    return Buffer.from(encoded.slice(written), 'latin1');
  }

  /** The end of the message. */
  end(): string {
    return this.#context === '\r\n' ? '.' : '\r\n.';
  }
}

/** Takes the dots off whole lines, without their ends. */
export const undot = (lines: readonly string[]): Buffer => {
  const text = lines.map((line) => `${line.startsWith('.') ? line.slice(1) : line}\r\n`).join('');
  return Buffer.from(text, 'latin1');
};
