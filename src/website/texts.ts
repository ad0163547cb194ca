/** The texts of the web pages: data in templates/website/texts/, one JSON file a language. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Language } from '../config/languages.ts';
import { escapeMarkup } from './markup.ts';

/** Text by its name; `{word}` stands for a value. The first ones name the language itself. */
export type Texts = Readonly<Record<string, string>>;

const textsSchema = z.record(z.string(), z.string().min(1));

/** The same distance from src/website/ and dist/website/. */
const FOLDER = new URL('../../templates/website/texts/', import.meta.url);

/** @throws when the file is missing or no object of texts */
export const readTexts = (language: Language): Texts =>
  textsSchema.parse(JSON.parse(readFileSync(new URL(`${language}.json`, FOLDER), 'utf8')));

/** Writing direction, for the `dir` attribute. */
export const directionOf = (language: Language): 'ltr' | 'rtl' =>
  language === 'fa' ? 'rtl' : 'ltr';

/**
 * A text as HTML, its values put in. @param values markup, escaped already
 * @throws when the text asks for a value that is not there
 */
export const fillText = (text: string, values: Readonly<Record<string, string>>): string =>
  escapeMarkup(text).replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) throw new Error(`a text of the web pages asks for {${name}}`);
    return value;
  });
