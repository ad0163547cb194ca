/**
 * The lines that Dovecot's dict client sends (src/lib-dict/dict-client.h of Dovecot), one command
 * each: a letter, then fields separated by tabs. Pure.
 */
import { unescapeField } from './escape.ts';

/** What a command wants. Keys and values hold one character per byte (latin1). */
export type DictCommand =
  | { readonly kind: 'hello'; readonly major: number }
  | { readonly kind: 'lookup'; readonly key: string; readonly user: string }
  | { readonly kind: 'iterate' }
  | { readonly kind: 'begin'; readonly id: string; readonly user: string }
  | { readonly kind: 'set'; readonly id: string; readonly key: string; readonly value: string }
  | { readonly kind: 'unset'; readonly id: string; readonly key: string }
  | { readonly kind: 'increment'; readonly id: string }
  | { readonly kind: 'timestamp' }
  | { readonly kind: 'commit'; readonly id: string; readonly answer: 'O' | 'AO' }
  | { readonly kind: 'rollback'; readonly id: string };

/** The other side does not speak the protocol; the connection cannot go on. */
export class DictProtocolError extends Error {
  override name = 'DictProtocolError';
}

/**
 * Reads a line without its newline.
 * @throws DictProtocolError for what is no command of the protocol
 */
export const parseCommand = (line: string): DictCommand => {
  const [first = '', second = '', third] = line.slice(1).split('\t').map(unescapeField);
  switch (line[0]) {
    case 'H':
      return { kind: 'hello', major: Number(first) };
    case 'L':
      return { kind: 'lookup', key: first, user: second };
    case 'I':
      return { kind: 'iterate' };
    case 'B':
      return { kind: 'begin', id: transaction(first), user: second };
    case 'S':
      if (third === undefined) throw new DictProtocolError('set without a value');
      return { kind: 'set', id: transaction(first), key: second, value: third };
    case 'U':
      return { kind: 'unset', id: transaction(first), key: second };
    case 'A':
      return { kind: 'increment', id: transaction(first) };
    case 'T':
      return { kind: 'timestamp' };
    case 'C':
      return { kind: 'commit', id: transaction(first), answer: 'O' };
    case 'D':
      return { kind: 'commit', id: transaction(first), answer: 'AO' };
    case 'R':
      return { kind: 'rollback', id: transaction(first) };
    default:
      throw new DictProtocolError('unknown command');
  }
};

/** Ids are 32-bit numbers, counted anew in every connection. */
const transaction = (field: string): string => {
  if (!/^\d{1,10}$/.test(field)) throw new DictProtocolError('bad transaction id');
  return field;
};
