import { asciiLowerCase } from './header-fields.ts';
import type { PartReader } from './multipart.ts';

/**
 * Reads a part that must hold one given line of text, and white space around it. The lines in
 * question look like header fields, so case does not matter: Delta Chat writes `Secure-Join: ...`.
 */
export class OneLineReader implements PartReader {
  readonly #expected: string;
  #seen = false;

  constructor(expected: string) {
    this.#expected = expected;
  }

  line(line: string): string | undefined {
    const text = line.trim();
    if (text === '') return undefined;
    if (this.#seen || !this.#matches(text)) return `text other than "${this.#expected}"`;
    this.#seen = true;
    return undefined;
  }

  #matches(text: string): boolean {
    return asciiLowerCase(text) === asciiLowerCase(this.#expected);
  }

  end(): string | undefined {
    return this.#seen ? undefined : `no "${this.#expected}"`;
  }
}
