/** Characters that terminals show two columns wide: CJK, Hangul, full-width forms, emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

const characterWidth = (character: string): number => (WIDE.test(character) ? 2 : 1);

/** Terminal columns that plain text (no control characters) takes at most. */
export const widthOf = (text: string): number =>
  [...text].reduce((width, character) => width + characterWidth(character), 0);

/** Plain text cut to a number of terminal columns, with `…` where something was cut off. */
export const shorten = (text: string, columns: number): string => {
  if (widthOf(text) <= columns) return text;
  let width = 0;
  let start = '';
  for (const character of text) {
    width += characterWidth(character);
    if (width > columns - 1) break;
    start += character;
  }
  return columns < 1 ? '' : `${start}…`;
};
