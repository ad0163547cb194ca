import { describe, expect, it } from 'vitest';
import { LANGUAGES, type Language, parseLanguages } from '../../src/config/languages.ts';
import { chooseLanguage, languagePatterns } from '../../src/website/negotiation.ts';

const CASES: readonly (readonly [header: string, chosen: Language])[] = [
  ['', 'en'],
  ['*', 'en'],
  ['nl,sv;q=0.8', 'en'],
  ['de', 'de'],
  ['DE-at', 'de'],
  ['zh-Hant-TW,zh;q=0.9,en;q=0.8', 'zh'],
  ['nl,fr;q=0.7,en;q=0.3', 'fr'],
  ['fr;q=0.2, tr;q=0.9, pl;q=0.5', 'tr'],
  ['it;q=0, es;q=0.1', 'es'],
  ['it;q=0.000', 'en'],
  ['uk;q=0.05, ru;q=0.1', 'ru'],
  ['fa; q=1.000 , en;q=0.9', 'fa'],
  ['den, ptx, fra-de', 'en'],
  ['pt;q=oops, pl', 'pl'],
];

describe('chooseLanguage', () => {
  it.each(CASES)('%j: %s', (header, chosen) => {
    expect(chooseLanguage(header, LANGUAGES)).toBe(chosen);
  });

  it('gives the first of ours to those who ask for none of them', () => {
    expect(chooseLanguage('fr,en;q=0.5', ['fa', 'de'])).toBe('fa');
    expect(chooseLanguage('fr,de;q=0.5', ['fa', 'de'])).toBe('de');
  });

  it('is not slowed down by a long header', () => {
    const header = 'x-y;q=0.9,'.repeat(100_000);
    expect(chooseLanguage(header, LANGUAGES)).toBe('en');
  });

  it('has patterns that stand in double quotes in nginx.conf', () => {
    for (const pattern of languagePatterns(LANGUAGES)) expect(pattern).not.toMatch(/["\s{}]/);
  });
});

describe('parseLanguages', () => {
  it('keeps the order, each once', () => {
    expect(parseLanguages('de, EN,de fa')).toEqual(['de', 'en', 'fa']);
  });
  it('means all by nothing', () => expect(parseLanguages(' , ')).toEqual(LANGUAGES));
  it('refuses what we do not have', () => expect(parseLanguages('de, nl')).toBeUndefined());
});
