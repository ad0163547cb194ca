import { describe, expect, it } from 'vitest';
import { escapeMarkup } from '../../src/website/markup.ts';

describe('escapeMarkup', () => {
  it('leaves nothing that ends an attribute or begins a tag', () => {
    expect(escapeMarkup(`<a b="c" d='e'>&`)).toBe('&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;');
  });
});
