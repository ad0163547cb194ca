import type { MessageChange } from '../milter/answers.ts';
import type { HeaderField } from '../mime/header-fields.ts';
import { asciiLowerCase } from '../mime/header-fields.ts';

const MAX_BYTES = 256 * 1024;
const MAX_FIELDS = 1000;

/** The header of a message as it comes in, up to a limit. */
export class HeaderList {
  #fields: HeaderField[] = [];
  #bytes = 0;
  #tooLarge = false;

  add(name: string, value: string): void {
    this.#bytes += name.length + value.length;
    if (this.#bytes > MAX_BYTES || this.#fields.length >= MAX_FIELDS) {
      this.#tooLarge = true;
      this.#fields = [];
    }
    if (!this.#tooLarge) this.#fields.push({ name: name.trimEnd(), value });
  }

  /** The limit was passed; the fields are gone. */
  get tooLarge(): boolean {
    return this.#tooLarge;
  }

  get fields(): readonly HeaderField[] {
    return this.#fields;
  }
}

/** A field, named as a milter names it: by how many of its name come before it. */
interface FieldPosition {
  readonly name: string;
  /** From 1. */
  readonly index: number;
}

/**
 * Where the fields of the given (lower-case) names are, from the last to the first, so that the
 * removal of one does not shift the index of the next.
 */
const positions = (fields: readonly HeaderField[], names: readonly string[]): FieldPosition[] => {
  const counts = new Map<string, number>();
  const found: FieldPosition[] = [];
  for (const { name } of fields) {
    const key = asciiLowerCase(name);
    if (!names.includes(key)) continue;
    const index = (counts.get(key) ?? 0) + 1;
    counts.set(key, index);
    found.push({ name, index });
  }
  return found.reverse();
};

/** Removes all fields of the given (lower-case) names. */
export const removals = (
  fields: readonly HeaderField[],
  names: readonly string[],
): MessageChange[] =>
  positions(fields, names).map((position) => ({ kind: 'changeHeader', ...position, value: '' }));

/** Makes `value` the only field of that name. */
export const replacement = (
  fields: readonly HeaderField[],
  name: string,
  value: string,
): MessageChange[] => {
  const found = positions(fields, [asciiLowerCase(name)]);
  if (found.length === 0) return [{ kind: 'insertHeader', name, value: ` ${value}` }];
  return found.map((position) => ({
    kind: 'changeHeader',
    ...position,
    value: position.index === 1 ? ` ${value}` : '',
  }));
};
