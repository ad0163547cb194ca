import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { canonicalIni, renderIni } from '../../src/config/render.ts';
import { CONFIG_KEYS } from '../../src/config/schema.ts';
import { formatSize, parseSize } from '../../src/config/size.ts';

const example = renderIni({ mail_domain: 'chat.example.org' });

describe('renderIni', () => {
  it('mentions every key and loads back to the defaults', () => {
    for (const key of CONFIG_KEYS) expect(example).toMatch(new RegExp(`^#?${key} =`, 'm'));
    const bare = parseConfig('[params]\nmail_domain = chat.example.org', 'x').config;
    expect(parseConfig(example, 'x').config).toEqual(bare);
  });

  it('shows the real defaults in its comments', () => {
    const uncommented = example.replace(/^#(\w+ =)/gm, '$1');
    expect(parseConfig(uncommented, 'x').config).toEqual(parseConfig(example, 'x').config);
  });

  it('is what chatmail.ini.example holds (cmdeploy init chat.example.org writes it)', () => {
    const file = new URL('../../chatmail.ini.example', import.meta.url);
    expect(readFileSync(file, 'utf8')).toBe(example);
  });
});

describe('canonicalIni', () => {
  it('keeps every value and depends on values only', () => {
    const text =
      '[params]\nmail_domain=_a.test\nmax_mailbox_size=1024K\nacme_email=a@b.c\nimap_compress=yes';
    const { config } = parseConfig(text, 'x');
    expect(parseConfig(canonicalIni(config), 'x').config).toEqual(config);
    const again = parseConfig(`# comment\n${text.replace('1024K', '1M')}`, 'x').config;
    expect(canonicalIni(again)).toBe(canonicalIni(config));
  });
});

describe('sizes', () => {
  it.each([
    ['0', 0],
    ['512', 512],
    ['500M', 524_288_000],
    ['1g', 1_073_741_824],
    ['2 KB', 2048],
  ])('reads %s', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
    expect(parseSize(formatSize(bytes))).toBe(bytes);
  });
  it.each(['', '-1', '1.5M', '5X', '99999999999999999'])('refuses %j', (text) => {
    expect(parseSize(text)).toBeUndefined();
  });
});
