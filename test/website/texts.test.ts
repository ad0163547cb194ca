import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LANGUAGES } from '../../src/config/languages.ts';
import { directionOf, fillText, readTexts } from '../../src/website/texts.ts';

const english = readTexts('en');
const placeholders = (text = ''): string[] => (text.match(/\{\w*\}/g) ?? []).sort();

describe.each(LANGUAGES)('the texts in %s', (language) => {
  const texts = readTexts(language);

  it('are all there, and no others', () => {
    expect(Object.keys(texts).sort()).toEqual(Object.keys(english).sort());
  });

  it('name the same values as the English ones', () => {
    for (const [name, text] of Object.entries(texts))
      expect([name, placeholders(text)]).toEqual([name, placeholders(english[name])]);
  });

  it('are without markup, space at their ends and typewriter quotes', () => {
    for (const text of Object.values(texts)) expect(text).not.toMatch(/[<>&"]|^\s|\s$| {2}/);
  });

  it('are not the English ones', () => {
    const same = Object.entries(texts).filter(
      ([name, text]) => text === english[name] && text.split(' ').length > 2,
    );
    expect(language === 'en' ? [] : same).toEqual([]);
  });
});

describe('texts', () => {
  it('are there for each language, and for no other', () => {
    const files = readdirSync(new URL('../../templates/website/texts/', import.meta.url));
    expect(files.sort()).toEqual(LANGUAGES.map((language) => `${language}.json`).sort());
  });

  it('run from right to left in Persian', () => {
    expect(LANGUAGES.filter((language) => directionOf(language) === 'rtl')).toEqual(['fa']);
  });
});

describe('fillText', () => {
  it('escapes the text and takes values as markup', () => {
    expect(fillText('a < {b}', { b: '<b>&amp;</b>' })).toBe('a &lt; <b>&amp;</b>');
  });
  it('refuses a value that is not there', () => {
    expect(() => fillText('{constructor}', {})).toThrow('{constructor}');
  });
});
