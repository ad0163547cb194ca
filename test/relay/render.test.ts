import { describe, expect, it } from 'vitest';
import { renderText } from '../../src/relay/render.ts';

const render = (template: string, view = {}) => renderText('part/file.hbs', template, view);

describe('renderText', () => {
  it('escapes nothing', () => {
    expect(render('a={{value}}', { value: `<"=&'>` })).toBe(`a=<"=&'>`);
  });

  it('reads nested views, lists and conditions', () => {
    const view = { tls: { key: '/k' }, hosts: [{ name: 'a' }, { name: 'b' }], off: false, n: 0 };
    const template =
      '{{tls.key}}{{#each hosts}} {{name}}{{/each}}{{#if off}} on{{else}} off{{/if}} {{n}}';
    expect(render(template, view)).toBe('/k a b off 0');
  });

  it('reads lists of plain values and the outer view', () => {
    const view = { words: ['x', 'y'], sign: '!' };
    expect(render('{{#each words}}{{this}}{{../sign}}{{/each}}', view)).toBe('x!y!');
  });

  it.each([
    ['{{missing}}'],
    ['{{#if missing}}x{{/if}}'],
    ['{{#unless missing}}x{{/unless}}'],
    ['{{#each missing}}x{{/each}}'],
    ['{{#each list}}{{missing}}{{/each}}'],
    ['{{#each list}}{{#if missing}}x{{/if}}{{/each}}'],
    ['{{#each list}}{{#if ../missing}}x{{/if}}{{/each}}'],
    ['{{inner.missing}}'],
    ['{{#if inner.missing}}x{{/if}}'],
    ['{{shout inner}}'],
    ['{{inner}}'],
    ['{{constructor}}'],
    ['{{toString}}'],
    ['{{#if __proto__}}x{{/if}}'],
  ])('refuses %s and names the template', (template) => {
    const view = { list: [{ name: 'a' }], inner: { name: 'b' } };
    expect(() => render(template, view)).toThrow(/^templates\/part\/file\.hbs: /);
  });
});
