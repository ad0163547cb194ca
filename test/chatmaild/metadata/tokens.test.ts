import { describe, expect, it } from 'vitest';
import {
  currentTokens,
  formatMetadata,
  isToken,
  parseMetadata,
  TOKEN_LIFETIME_S,
} from '../../../src/chatmaild/metadata/tokens.ts';

const NOW = 1_800_000_000;

describe('metadata.json', () => {
  it('holds the time of the last setting of each token', () => {
    const { tokens, older } = parseMetadata('{"devicetoken": {"a": 1700000000.5, "b": 5}}', NOW);
    expect([...tokens]).toEqual([
      ['a', 1700000000.5],
      ['b', 5],
    ]);
    expect(older).toBe(false);
  });

  it('had a list of tokens once, whose time begins now', () => {
    const { tokens, older } = parseMetadata('{"devicetoken": ["a", "b"]}', NOW);
    expect([...tokens]).toEqual([
      ['a', NOW],
      ['b', NOW],
    ]);
    expect(older).toBe(true);
  });

  it('keeps what others have put there', () => {
    const metadata = parseMetadata('{"other": [1], "devicetoken": {"a": 1}}', NOW);
    expect(JSON.parse(formatMetadata(metadata))).toEqual({ other: [1], devicetoken: { a: 1 } });
  });

  it('is read without what is no token', () => {
    const content =
      '{"devicetoken": {"a b": 1, "": 1, "c": "x", "d": null, "__proto__": 7, "e": 2}}';
    const metadata = parseMetadata(content, NOW);
    expect([...metadata.tokens.keys()]).toEqual(['__proto__', 'e']);
    expect(formatMetadata(metadata)).toBe('{"devicetoken":{"__proto__":7,"e":2}}\n');
  });

  it.each(['{}', '{"devicetoken": null}', '{"devicetoken": "a"}', '{"devicetoken": 5}'])(
    'may be without tokens: %s',
    (content) => {
      expect(parseMetadata(content, NOW).tokens.size).toBe(0);
    },
  );

  it.each(['', '[]', 'null', '"a"', '{', '\u0000'])('is an object, not %j', (content) => {
    expect(() => parseMetadata(content, NOW)).toThrow(SyntaxError);
  });
});

describe('tokens', () => {
  it('are printable, without spaces, and not too long', () => {
    expect(['openpgp:wcDMA/+x==', 'fcm-chat.delta:a_b-c', 'x'.repeat(4096)].every(isToken)).toBe(
      true,
    );
    expect(['', 'a b', 'a\n', '\u00ff', 'a\u0000', 'x'.repeat(4097)].some(isToken)).toBe(false);
  });

  it('are in use for 90 days', () => {
    const tokens = new Map([
      ['old', NOW - TOKEN_LIFETIME_S],
      ['young', NOW - TOKEN_LIFETIME_S + 1],
      ['of a clock that ran ahead', NOW + 5],
    ]);
    expect([...currentTokens(tokens, NOW).keys()]).toEqual(['of a clock that ran ahead', 'young']);
  });

  it('are the last twenty of a thousand', () => {
    const tokens = new Map(Array.from({ length: 1000 }, (_, n) => [`token-${n}`, NOW - n]));
    expect([...currentTokens(tokens, NOW).keys()]).toEqual(
      Array.from({ length: 20 }, (_, n) => `token-${n}`),
    );
  });
});
