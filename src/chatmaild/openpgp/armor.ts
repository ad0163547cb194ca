import type { PartReader } from '../mime/multipart.ts';
import { Base64Decoder } from './base64.ts';
import { PacketScanner } from './packets.ts';

const BEGIN = '-----BEGIN PGP MESSAGE-----';
const END = '-----END PGP MESSAGE-----';

/** `Version: GnuPG v2`, the one armor header that old clients still write. */
const VERSION_HEADER = /^Version: [\x20-\x7e]{1,120}$/;

export interface ArmorRules {
  /** Incoming mail may carry one `Version:` line; everything else could smuggle cleartext. */
  readonly allowVersion: boolean;
}

type Phase = 'begin' | 'headers' | 'data' | 'padded' | 'checksum' | 'done';

/**
 * Reads the body of a part that must be one ASCII-armored PGP MESSAGE (RFC 9580 section 6.2) with
 * an encrypted message in it, and white space around.
 */
export class ArmorReader implements PartReader {
  readonly #rules: ArmorRules;
  readonly #base64 = new Base64Decoder();
  readonly #packets = new PacketScanner();
  #phase: Phase = 'begin';
  #versions = 0;

  constructor(rules: ArmorRules) {
    this.#rules = rules;
  }

  get wantsData(): boolean {
    return this.#phase === 'data';
  }

  data(chunk: Buffer, offset: number): number {
    return this.#base64.decode(chunk, offset, (bytes) => this.#packets.push(bytes));
  }

  get atLineStart(): boolean {
    return this.#base64.atLineStart;
  }

  line(line: string): string | undefined {
    switch (this.#phase) {
      case 'begin':
        return this.#begin(line.trimEnd());
      case 'headers':
        return this.#header(line.trimEnd());
      case 'data':
        return this.#packets.problem ?? this.#afterData(line.trimEnd());
      case 'padded':
        return this.#checksumOrEnd(line.trimEnd());
      case 'checksum':
        return this.#end(line.trimEnd());
      case 'done':
        return line.trim() === '' ? undefined : 'text after the armor';
    }
  }

  end(): string | undefined {
    return this.#phase === 'done' ? this.#packets.finish() : 'unfinished armor';
  }

  #begin(line: string): string | undefined {
    if (line === '') return undefined;
    if (line !== BEGIN) return 'text before the armor';
    this.#phase = 'headers';
    return undefined;
  }

  #header(line: string): string | undefined {
    if (line === '') {
      this.#phase = 'data';
      return undefined;
    }
    this.#versions += 1;
    const tolerated = this.#rules.allowVersion && this.#versions === 1;
    return tolerated && VERSION_HEADER.test(line) ? undefined : 'armor header';
  }

  /** `line` begins with the first character that is not base64, not always at a line's start. */
  #afterData(line: string): string | undefined {
    const padding = this.#base64.atLineStart ? 0 : line.length;
    if (padding > 0 && !/^={1,2}$/.test(line)) return 'character that is not base64';
    const last = this.#base64.finish(padding);
    if (!last) return 'incomplete base64';
    this.#packets.push(last);
    this.#phase = 'padded';
    return padding > 0 ? undefined : this.#checksumOrEnd(line);
  }

  /**
   * The checksum's form is checked, not its value: RFC 9580 section 6.1 forbids to reject a message
   * for it, and what a client can decrypt is none of the relay's business.
   */
  #checksumOrEnd(line: string): string | undefined {
    if (!/^=[A-Za-z0-9+/]{4}$/.test(line)) return this.#end(line);
    this.#phase = 'checksum';
    return undefined;
  }

  #end(line: string): string | undefined {
    if (line !== END) return 'armor without an end';
    this.#phase = 'done';
    return undefined;
  }
}
