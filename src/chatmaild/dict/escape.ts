/** Dovecot's escaping of fields: what would end a field or a line is written as 0x01 and a letter. */

const LETTERS: Readonly<Record<string, string>> = {
  '\u0000': '0',
  '\u0001': '1',
  '\t': 't',
  '\r': 'r',
  '\n': 'n',
};
const CHARACTERS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(LETTERS).map(([character, letter]) => [letter, character]),
);

export const escapeField = (field: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is escaped
  field.replace(/[\u0000\u0001\t\r\n]/g, (character) => `\u0001${LETTERS[character]}`);

/** The opposite of {@link escapeField}; a letter without meaning stands for itself. */
export const unescapeField = (field: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: 0x01 is the escape character
  field.replace(/\u0001(.)/g, (_, letter: string) => CHARACTERS[letter] ?? letter);
