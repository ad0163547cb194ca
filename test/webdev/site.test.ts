import { describe, expect, it, vi } from 'vitest';
import { configSchema } from '../../src/config/schema.ts';
import { createSite, type SiteAnswer } from '../../src/webdev/site.ts';

vi.mock('../../src/relay/bundles.ts', () => ({ readBundle: () => 'script' }));

const config = configSchema.parse({ mail_domain: '_one.test', languages: 'de, fa' });
const ask = (path: string, options: { language?: string; own?: string; method?: string } = {}) => {
  const own = options.own ? [{ path: options.own, content: Buffer.from('mine') }] : [];
  const { method = 'GET', language: acceptLanguage = '' } = options;
  return createSite(config, own)({ method, path, acceptLanguage });
};
const languageOf = ({ body }: SiteAnswer) => /<html lang="(\w+)"/.exec(String(body))?.[1];

describe('createSite', () => {
  it('answers as nginx does', () => {
    expect(languageOf(ask('/'))).toBe('de');
    expect(languageOf(ask('/', { language: 'fa-IR' }))).toBe('fa');
    expect(languageOf(ask('/fa/', { language: 'de' }))).toBe('fa');
    expect(languageOf(ask('/privacy.html', { language: 'fa' }))).toBe('fa');
    expect(ask('/fa')).toMatchObject({ status: 301, headers: { Location: '/fa/' } });
    expect(ask('/en/').status).toBe(404);
    expect(languageOf(ask('/nothing', { language: 'fa' }))).toBe('fa');
    expect(ask('/', { method: 'DELETE' }).status).toBe(405);
    expect(ask('/new', { method: 'POST' }).status).toBe(503);
  });

  it("puts the operator's pages first", () => {
    expect(String(ask('/', { own: '/index.html' }).body)).toBe('mine');
    expect(languageOf(ask('/de/', { own: '/index.html' }))).toBe('de');
    expect(String(ask('/a/', { own: '/a/index.html' }).body)).toBe('mine');
    expect(String(ask('/nothing', { own: '/404.html' }).body)).toBe('mine');
  });

  it('has the policies of nginx', () => {
    const policyOf = (answer: SiteAnswer) => answer.headers['Content-Security-Policy'];
    expect(policyOf(ask('/'))).toContain("script-src 'self'");
    expect(policyOf(ask('/info.html'))).not.toContain('script-src');
    expect(policyOf(ask('/', { own: '/x.html' }))).toContain("default-src 'self'");
  });
});
