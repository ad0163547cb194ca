/**
 * Which language a visitor gets. The same patterns serve nginx (`map`, PCRE) and `cmdeploy webdev`:
 * the first that matches `Accept-Language` (RFC 9110 section 12.5.4) has the answer in `tag`.
 */
import { isLanguage, type Language } from '../config/languages.ts';

/** Weights from 1 down to 0.1 in tenths, then everything below; 0 means "not this one". */
const WEIGHTS: readonly string[] = [
  '(?:;\\s*q=1(?:\\.0*)?\\s*)?',
  ...[9, 8, 7, 6, 5, 4, 3, 2, 1].map((tenth) => `;\\s*q=0\\.${tenth}\\d*\\s*`),
  ';\\s*q=0\\.0\\d*[1-9]\\d*\\s*',
];

/**
 * A pattern for each weight, the highest first, to be used without regard to case. Among languages
 * whose weights agree to a tenth the first of the header wins; `de-AT` asks for `de`.
 */
export const languagePatterns = (languages: readonly Language[]): readonly string[] =>
  WEIGHTS.map(
    (weight) => `(?:^|,)\\s*(?<tag>${languages.join('|')})(?:-[a-z0-9-]*)?\\s*${weight}(?:,|$)`,
  );

/** The language for a request. @param languages those of the pages, the default first; not empty */
export const chooseLanguage = (
  acceptLanguage: string,
  languages: readonly Language[],
): Language | undefined => {
  for (const pattern of languagePatterns(languages)) {
    const tag = new RegExp(pattern, 'i').exec(acceptLanguage)?.groups?.['tag']?.toLowerCase();
    if (tag !== undefined && isLanguage(tag)) return tag;
  }
  return languages[0];
};
