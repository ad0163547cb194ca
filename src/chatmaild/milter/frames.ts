import { MAX_FRAME_BYTES, MilterProtocolError } from './protocol.ts';

/** One command: its letter and what follows it. */
export interface Frame {
  readonly command: string;
  readonly data: Buffer;
}

const LENGTH_BYTES = 4;

/**
 * Cuts a byte stream into milter frames: a 32-bit big-endian length, then as many bytes, the first
 * of which is the command. Holds at most one frame.
 */
export class FrameDecoder {
  #pieces: Buffer[] = [];
  #pieceBytes = 0;

  /** Bytes kept back until the rest of their frame arrives. */
  get bufferedBytes(): number {
    return this.#pieceBytes;
  }

  /**
   * Frames completed by `chunk`, which must not be changed afterwards.
   * @throws MilterProtocolError on an empty or an oversized frame.
   */
  *push(chunk: Buffer): Generator<Frame> {
    let rest = chunk;
    while (rest.length > 0) {
      const needed = this.#missingBytes(rest);
      if (needed > rest.length) {
        this.#keep(rest);
        return;
      }
      const frame = this.#take(rest.subarray(0, needed));
      rest = rest.subarray(needed);
      if (frame) yield frame;
    }
  }

  /** Bytes of `next` that complete the length field or, when that is known, the frame. */
  #missingBytes(next: Buffer): number {
    if (this.#pieceBytes >= LENGTH_BYTES) {
      return LENGTH_BYTES + this.#frameLength() - this.#pieceBytes;
    }
    if (this.#pieceBytes > 0 || next.length < LENGTH_BYTES) return LENGTH_BYTES - this.#pieceBytes;
    return LENGTH_BYTES + checkedLength(next.readUInt32BE(0));
  }

  #frameLength(): number {
    // Once four bytes are there, they are the whole first piece or its beginning.
    const [first] = this.#pieces;
    return checkedLength(first?.readUInt32BE(0) ?? 0);
  }

  #keep(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#pieceBytes += piece.length;
    if (this.#pieceBytes >= LENGTH_BYTES && (this.#pieces[0]?.length ?? 0) < LENGTH_BYTES) {
      this.#pieces = [Buffer.concat(this.#pieces)];
    }
  }

  /** The frame that `last` completes, or undefined when it completes the length field only. */
  #take(last: Buffer): Frame | undefined {
    if (this.#pieceBytes < LENGTH_BYTES && this.#pieceBytes + last.length === LENGTH_BYTES) {
      this.#keep(last);
      this.#frameLength();
      return undefined;
    }
    const bytes = this.#pieceBytes === 0 ? last : Buffer.concat([...this.#pieces, last]);
    this.#pieces = [];
    this.#pieceBytes = 0;
    return {
      command: String.fromCharCode(bytes[LENGTH_BYTES] ?? 0),
      data: bytes.subarray(LENGTH_BYTES + 1),
    };
  }
}

const checkedLength = (length: number): number => {
  if (length === 0) throw new MilterProtocolError('empty frame');
  if (length > MAX_FRAME_BYTES) throw new MilterProtocolError(`frame of ${length} bytes`);
  return length;
};

/** A frame as it is sent: length, letter, data. */
export const encodeFrame = (letter: string, ...data: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(data);
  const head = Buffer.alloc(LENGTH_BYTES + 1);
  head.writeUInt32BE(body.length + 1, 0);
  head.write(letter, LENGTH_BYTES, 'latin1');
  return Buffer.concat([head, body]);
};
