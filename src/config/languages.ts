/** Languages of the web pages by their BCP 47 tags; each has its texts in templates/website/texts/. */
export const LANGUAGES = [
  'en',
  'de',
  'it',
  'fr',
  'es',
  'pl',
  'pt',
  'ru',
  'uk',
  'tr',
  'fa',
  'zh',
] as const;
export type Language = (typeof LANGUAGES)[number];

export const isLanguage = (text: string): text is Language =>
  LANGUAGES.some((language) => language === text);

/**
 * The languages in a list like `de, en`, in its order and each once; all of them when it is empty.
 * Undefined when it names one that we do not have.
 */
export const parseLanguages = (text: string): readonly Language[] | undefined => {
  const tags = text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((tag) => tag !== '');
  if (tags.length === 0) return LANGUAGES;
  return tags.every(isLanguage) ? [...new Set(tags)] : undefined;
};
