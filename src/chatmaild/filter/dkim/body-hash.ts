import { createHash } from 'node:crypto';
import type { Canonicalization } from './signature.ts';

const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;
const PIECE = 16 * 1024;

/**
 * SHA-256 of a body in canonical form (RFC 6376 section 3.4.3 and 3.4.4). Empty lines and spaces
 * that may turn out to be trailing are counted, not kept: memory does not depend on the body.
 */
export class BodyHash {
  readonly #relaxed: boolean;
  readonly #hash = createHash('sha256');
  readonly #output = Buffer.allocUnsafe(PIECE);
  #written = 0;
  #length = 0;
  #breaks = 0;
  #space = false;
  #afterCr = false;

  constructor(form: Canonicalization) {
    this.#relaxed = form === 'relaxed';
  }

  update(chunk: Uint8Array): void {
    const relaxed = this.#relaxed;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i] ?? 0;
      if (byte === LF) {
        this.#afterCr = false;
        this.#space = false;
        this.#breaks += 1;
        continue;
      }
      // A CR that does not belong to a line break is content like any other byte.
      if (this.#afterCr) this.#content(CR);
      this.#afterCr = byte === CR;
      if (byte === CR) continue;
      if (relaxed && (byte === SPACE || byte === TAB)) this.#space = true;
      else this.#content(byte);
    }
  }

  /** The hash, and how many octets the canonical body has. */
  finish(): { hash: Buffer; length: number } {
    if (this.#afterCr) this.#content(CR);
    this.#flush();
    // A body that is not empty ends with one line break; simple form gives one to an empty body too.
    if (this.#length > 0 || !this.#relaxed) {
      this.#hash.update('\r\n');
      this.#length += 2;
    }
    return { hash: this.#hash.digest(), length: this.#length };
  }

  #content(byte: number): void {
    for (; this.#breaks > 0; this.#breaks--) {
      this.#emit(CR);
      this.#emit(LF);
    }
    if (this.#space) this.#emit(SPACE);
    this.#space = false;
    this.#emit(byte);
  }

  #emit(byte: number): void {
    if (this.#written === PIECE) this.#flush();
    this.#output[this.#written++] = byte;
  }

  #flush(): void {
    this.#hash.update(this.#output.subarray(0, this.#written));
    this.#length += this.#written;
    this.#written = 0;
  }
}
