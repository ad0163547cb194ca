/** A header field: its name as written, its value from right after the colon, still folded. */
export interface HeaderField {
  readonly name: string;
  readonly value: string;
}

/** Values of all fields of that (lower-case) name. */
export const fieldValues = (fields: readonly HeaderField[], name: string): string[] =>
  fields.filter((field) => asciiLowerCase(field.name) === name).map((field) => field.value);

/**
 * The unfolded, trimmed value of a field that may occur once. Undefined when it is absent, `null`
 * when there are several: which one counts would be up to the reader.
 */
export const singleField = (
  fields: readonly HeaderField[],
  name: string,
): string | undefined | null => {
  const [value, ...more] = fieldValues(fields, name);
  if (more.length > 0) return null;
  return value === undefined ? undefined : unfold(value).trim();
};

/** RFC 5322 section 2.2.3: line breaks before white space vanish. */
export const unfold = (value: string): string => value.replace(/\r?\n(?=[ \t])/g, '');

/** Lower case of A to Z only: `toLowerCase` makes `k` of the Kelvin sign. */
export const asciiLowerCase = (text: string): string =>
  text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
