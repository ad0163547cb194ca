import type { HeaderField } from './header-fields.ts';

/** Reads the body of one part as it streams by. Methods return what is wrong, or undefined. */
export interface PartReader {
  /** A line without its line break; the delimiter lines around the part are not shown. */
  line(line: string): string | undefined;
  /** The part is over. */
  end(): string | undefined;
  /** True while {@link data} is to be called with raw bytes instead of lines. */
  readonly wantsData?: boolean;
  /** Takes what it can from `offset` on and returns where it stopped. */
  data?(chunk: Buffer, offset: number): number;
  /** The last byte that {@link data} took ended a line. */
  readonly atLineStart?: boolean;
}

/** A part that a message must have: which header it needs, who reads its body. */
export interface ExpectedPart {
  readonly checkHeader: (fields: readonly HeaderField[]) => string | undefined;
  readonly reader: PartReader;
}

/** RFC 5322 allows 998; some clients do not count well. */
const MAX_LINE_BYTES = 2000;
const MAX_HEADER_BYTES = 16 * 1024;
const LF = 10;

/**
 * Walks through a multipart body (RFC 2046 section 5.1) that must consist of exactly the expected
 * parts, none of them multipart, with nothing but white space around them. Keeps one unfinished
 * line and one part's header, whatever the size of the body.
 */
export class MultipartScanner {
  readonly #delimiter: string;
  readonly #parts: readonly ExpectedPart[];
  #index = -1;
  #phase: 'preamble' | 'header' | 'body' | 'epilogue' = 'preamble';
  #fields: HeaderField[] = [];
  #headerBytes = 0;
  #carry: Buffer[] = [];
  #carryBytes = 0;
  #problem: string | undefined;

  constructor(boundary: string, parts: readonly ExpectedPart[]) {
    this.#delimiter = `--${boundary}`;
    this.#parts = parts;
  }

  /** Bytes kept from the input. */
  get bufferedBytes(): number {
    return this.#carryBytes + this.#headerBytes;
  }

  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && this.#problem === undefined) {
      const reader = this.#phase === 'body' ? this.#parts[this.#index]?.reader : undefined;
      if (this.#carryBytes === 0 && reader?.wantsData && reader.data) {
        at = reader.data(chunk, at);
        if (at === chunk.length) return;
      }
      at = this.#readLine(chunk, at);
    }
  }

  /** What is wrong, now that the body has ended. */
  finish(): string | undefined {
    if (this.#problem === undefined && this.#carryBytes > 0) this.#endLine();
    return this.#problem ?? (this.#phase === 'epilogue' ? undefined : 'no closing delimiter');
  }

  #readLine(chunk: Buffer, from: number): number {
    const lineFeed = chunk.indexOf(LF, from);
    const end = lineFeed < 0 ? chunk.length : lineFeed + 1;
    if (this.#carryBytes + (end - from) > MAX_LINE_BYTES) {
      this.#fail('line too long');
      return end;
    }
    // Copied: a view would hold on to the whole chunk.
    this.#carry.push(Buffer.from(chunk.subarray(from, end)));
    this.#carryBytes += end - from;
    if (lineFeed >= 0) this.#endLine();
    return end;
  }

  #endLine(): void {
    const line = Buffer.concat(this.#carry)
      .toString('latin1')
      .replace(/\r?\n$/, '');
    this.#carry = [];
    this.#carryBytes = 0;
    const problem = /[\r\0]/.test(line) ? 'control character' : this.#line(line);
    if (problem !== undefined) this.#fail(problem);
  }

  #fail(problem: string): void {
    this.#problem = problem;
    this.#carry = [];
    this.#carryBytes = 0;
    this.#fields = [];
    this.#headerBytes = 0;
  }

  #line(line: string): string | undefined {
    const reader = this.#parts[this.#index]?.reader;
    const isWhole = !(this.#phase === 'body' && reader?.wantsData && reader.atLineStart === false);
    if (isWhole && line.startsWith(this.#delimiter)) {
      const rest = line.slice(this.#delimiter.length).trimEnd();
      if (rest === '') return this.#nextPart();
      if (rest === '--') return this.#close();
      // RFC 2046 lets a reader take this for a delimiter, most do not: nobody may have to guess.
      return 'line that begins like a delimiter';
    }
    switch (this.#phase) {
      case 'preamble':
      case 'epilogue':
        return line.trim() === '' ? undefined : 'text outside the parts';
      case 'header':
        return line === '' ? this.#endHeader() : this.#headerLine(line);
      case 'body':
        return reader?.line(line);
    }
  }

  #headerLine(line: string): string | undefined {
    this.#headerBytes += line.length;
    if (this.#headerBytes > MAX_HEADER_BYTES) return 'part header too large';
    const last = this.#fields.at(-1);
    if (/^[ \t]/.test(line)) {
      if (!last) return 'malformed part header';
      this.#fields[this.#fields.length - 1] = {
        name: last.name,
        value: `${last.value}\r\n${line}`,
      };
      return undefined;
    }
    const match = /^([!-9;-~]+):(.*)$/.exec(line);
    if (!match) return 'malformed part header';
    this.#fields.push({ name: match[1] ?? '', value: match[2] ?? '' });
    return undefined;
  }

  #endHeader(): string | undefined {
    const fields = this.#fields;
    this.#fields = [];
    this.#headerBytes = 0;
    this.#phase = 'body';
    return this.#parts[this.#index]?.checkHeader(fields);
  }

  #endPart(): string | undefined {
    if (this.#phase === 'header') return 'part without a body';
    return this.#phase === 'body' ? this.#parts[this.#index]?.reader.end() : undefined;
  }

  #nextPart(): string | undefined {
    if (this.#phase === 'epilogue') return 'delimiter after the closing one';
    const problem = this.#endPart();
    if (problem !== undefined) return problem;
    this.#index += 1;
    this.#phase = 'header';
    return this.#index < this.#parts.length ? undefined : 'too many parts';
  }

  #close(): string | undefined {
    if (this.#phase === 'epilogue') return 'delimiter after the closing one';
    if (this.#index !== this.#parts.length - 1) return 'too few parts';
    const problem = this.#endPart();
    this.#phase = 'epilogue';
    return problem;
  }
}
