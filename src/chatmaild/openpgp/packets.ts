/** Packet type IDs, RFC 9580 section 5. */
const PKESK = 1;
const SKESK = 3;
const SEIPD = 18;

/** RFC 9580 section 4.2.1.4: the first partial length is at least 512 octets. */
const MIN_FIRST_PARTIAL = 512;

interface Length {
  readonly bytes: number;
  /** Another length follows after as many bytes. */
  readonly partial: boolean;
}

/**
 * Follows the packet structure of an encrypted OpenPGP message (RFC 9580 sections 4.2 and 10.3):
 * any number of PKESK and SKESK packets, then one SEIPD packet that ends the data. Looks at packet
 * headers only; bodies are skipped, nothing is kept.
 */
export class PacketScanner {
  /** Bytes of the packet header, or of a further partial length, read so far. At most 6. */
  #head: number[] = [];
  #tag = 0;
  #skip = 0;
  #partial = false;
  #ended = false;
  #problem: string | undefined;

  push(data: Uint8Array): void {
    let at = 0;
    while (at < data.length && this.#problem === undefined) {
      if (this.#skip > 0) {
        const step = Math.min(this.#skip, data.length - at);
        this.#skip -= step;
        at += step;
        if (this.#skip === 0) this.#bodyEnds();
      } else if (this.#ended) {
        this.#problem = 'data after the encrypted packet';
      } else {
        this.#headByte(data[at] ?? 0);
        at += 1;
      }
    }
  }

  /** What is wrong with the data so far. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** What is wrong, now that the data has ended; undefined for a proper encrypted message. */
  finish(): string | undefined {
    return this.#problem ?? (this.#ended ? undefined : 'truncated packets');
  }

  #headByte(byte: number): void {
    this.#head.push(byte);
    // Within a partial body only a new-format length follows, without a tag.
    if (!this.#partial && this.#head.length === 1) {
      this.#problem = this.#startPacket(byte);
      return;
    }
    const oldFormat = !this.#partial && ((this.#head[0] ?? 0) & 0x40) === 0;
    const lengthBytes = this.#partial ? this.#head : this.#head.slice(1);
    const length = oldFormat
      ? oldLength((this.#head[0] ?? 0) & 0x03, lengthBytes)
      : newLength(lengthBytes);
    if (length) this.#startBody(length);
  }

  #startPacket(byte: number): string | undefined {
    if ((byte & 0x80) === 0) return 'not an OpenPGP packet';
    const isNew = (byte & 0x40) !== 0;
    // Old-format packets of indeterminate length are for streams whose end is known by other means
    // and are obsolete (RFC 9580 section 4.2.2); no client sends one.
    if (!isNew && (byte & 0x03) === 3) return 'packet of indeterminate length';
    this.#tag = isNew ? byte & 0x3f : (byte >> 2) & 0x0f;
    if (this.#tag === PKESK || this.#tag === SKESK || this.#tag === SEIPD) return undefined;
    return `packet of type ${this.#tag}`;
  }

  #startBody(length: Length): void {
    if (length.partial && this.#tag !== SEIPD) {
      this.#problem = 'partial length in a packet that is not data';
      return;
    }
    if (length.partial && !this.#partial && length.bytes < MIN_FIRST_PARTIAL) {
      this.#problem = 'first partial length below 512';
      return;
    }
    this.#head = [];
    this.#partial = length.partial;
    this.#skip = length.bytes;
    if (length.bytes === 0) this.#bodyEnds();
  }

  #bodyEnds(): void {
    if (!this.#partial && this.#tag === SEIPD) this.#ended = true;
  }
}

const bigEndian = (bytes: readonly number[]): number =>
  bytes.reduce((value, byte) => value * 256 + byte, 0);

/** RFC 9580 section 4.2.2; undefined while bytes are missing. */
const oldLength = (lengthType: number, bytes: readonly number[]): Length | undefined =>
  bytes.length === 1 << lengthType ? { bytes: bigEndian(bytes), partial: false } : undefined;

/** RFC 9580 section 4.2.1; undefined while bytes are missing. */
const newLength = (bytes: readonly number[]): Length | undefined => {
  const [first = 0, second = 0] = bytes;
  if (first < 192) return { bytes: first, partial: false };
  if (first < 224) {
    if (bytes.length < 2) return undefined;
    return { bytes: ((first - 192) << 8) + second + 192, partial: false };
  }
  if (first < 255) return { bytes: 1 << (first & 0x1f), partial: true };
  return bytes.length === 5 ? { bytes: bigEndian(bytes.slice(1)), partial: false } : undefined;
};
