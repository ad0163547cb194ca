import type { Argv } from './host.ts';

/** Words that every POSIX shell takes literally. `=` would make the first word an assignment. */
const PLAIN_PROGRAM = /^[A-Za-z0-9_@%+:,./-]+$/;
const PLAIN_ARGUMENT = /^[A-Za-z0-9_@%+=:,./-]+$/;

/**
 * The command line that makes a POSIX shell run exactly `argv` (POSIX.1-2017, Shell Command
 * Language, section 2.2.2: nothing is special between single quotes).
 *
 * @throws TypeError when a word contains a NUL, which no command line can carry.
 */
export const quote = (argv: Argv): string =>
  argv
    .map((word, index) => quoteWord(word, index === 0 ? PLAIN_PROGRAM : PLAIN_ARGUMENT))
    .join(' ');

const quoteWord = (word: string, plain: RegExp): string => {
  if (word.includes('\0'))
    throw new TypeError(`an argument contains a NUL byte: ${JSON.stringify(word)}`);
  return plain.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
};
