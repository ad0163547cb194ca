import { stripVTControlCharacters } from 'node:util';

/**
 * Control characters (C0, DEL, C1), characters that change the direction of text (UAX #9), and
 * Unicode's own line separators. Line feed and tab stay.
 */
const HARMFUL = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu;

/**
 * Text from a host, harmless for a terminal: colours and other complete escape sequences go, every
 * other control character becomes visible (`\x1b`, `\u{202e}`). Lines stay lines.
 */
export const sanitize = (text: string): string =>
  stripVTControlCharacters(text.replaceAll('\r\n', '\n')).replace(HARMFUL, (character) =>
    character === '\n' || character === '\t' ? character : visible(character),
  );

/** The same for a single line: line feeds and tabs become spaces. */
export const sanitizeLine = (text: string): string => sanitize(text).replace(/[\n\t]/g, ' ');

const visible = (character: string): string => {
  const point = character.codePointAt(0) ?? 0;
  const hex = point.toString(16);
  return point < 256 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`;
};
