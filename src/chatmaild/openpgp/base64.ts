const CR = 13;
const LF = 10;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

const OTHER = 255;
const SEXTETS = new Uint8Array(256).fill(OTHER);
for (const [value, char] of [...ALPHABET].entries()) SEXTETS[char.charCodeAt(0)] = value;

/** Characters decoded at a time, so that the output needs no more than this. */
const PIECE = 32 * 1024;

/**
 * Decodes base64 text with line breaks (CRLF or LF) as it comes, up to the first other character.
 * Buffer's own decoder would skip such characters silently.
 */
export class Base64Decoder {
  /** Sextets that do not make a byte yet, and how many: 0 to 3. */
  #bits = 0;
  #sextets = 0;
  #atLineStart = true;
  #afterCr = false;
  readonly #output = new Uint8Array((PIECE / 4) * 3 + 3);

  /** The last thing read was a line break, or nothing was read yet. */
  get atLineStart(): boolean {
    return this.#atLineStart;
  }

  /** Sextets beyond the last full group of four: 0, or what padding has to complete. */
  get pendingSextets(): number {
    return this.#sextets;
  }

  /**
   * Reads from `offset`, gives the decoded bytes to `emit`, which must not keep them, and returns
   * the offset of the first byte that is neither base64 nor part of a line break.
   */
  decode(chunk: Uint8Array, offset: number, emit: (bytes: Uint8Array) => void): number {
    let at = offset;
    for (;;) {
      const end = Math.min(at + PIECE, chunk.length);
      const stop = this.#piece(chunk, at, end, emit);
      if (stop < end || end === chunk.length) return stop;
      at = stop;
    }
  }

  #piece(chunk: Uint8Array, from: number, to: number, emit: (bytes: Uint8Array) => void): number {
    const output = this.#output;
    let written = 0;
    let at = from;
    for (; at < to; at++) {
      const byte = chunk[at] ?? 0;
      const sextet = SEXTETS[byte] ?? OTHER;
      if (sextet === OTHER || this.#afterCr) {
        if (!this.#lineBreak(byte)) break;
        continue;
      }
      this.#atLineStart = false;
      this.#bits = (this.#bits << 6) | sextet;
      if (++this.#sextets === 4) {
        output[written++] = this.#bits >> 16;
        output[written++] = this.#bits >> 8;
        output[written++] = this.#bits;
        this.#bits = 0;
        this.#sextets = 0;
      }
    }
    if (written > 0) emit(output.subarray(0, written));
    return at;
  }

  /** A CR counts only before an LF. */
  #lineBreak(byte: number): boolean {
    if (byte === LF) {
      this.#afterCr = false;
      this.#atLineStart = true;
      return true;
    }
    if (byte !== CR || this.#afterCr) return false;
    this.#afterCr = true;
    return true;
  }

  /**
   * Ends the data: the bytes in the last group, which `padding` (`=` signs) completes.
   * Undefined when it does not, or when bits that mean nothing are set (RFC 4648 section 3.5).
   */
  finish(padding: number): Uint8Array | undefined {
    if (this.#sextets === 0) return padding === 0 ? new Uint8Array(0) : undefined;
    if (this.#sextets + padding !== 4 || padding > 2) return undefined;
    const bits = this.#bits << (6 * padding);
    const bytes = Uint8Array.of(bits >> 16, bits >> 8, bits);
    if (bytes.subarray(3 - padding).some((byte) => byte !== 0)) return undefined;
    return bytes.subarray(0, 3 - padding);
  }
}
