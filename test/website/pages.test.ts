import { describe, expect, it } from 'vitest';
import { LANGUAGES } from '../../src/config/languages.ts';
import { type Config, configSchema } from '../../src/config/schema.ts';
import { relayPages } from '../../src/website/pages.ts';

const selfSigned = configSchema.parse({ mail_domain: '_one.test' });
const trusted = configSchema.parse({
  mail_domain: 'chat.example.org',
  donation_url: 'https://example.org/give?a=1&b=2',
  privacy_mail: "o'x@example.org",
});

const page = (config: Config, path: string): string =>
  relayPages(config).find((candidate) => candidate.path === path)?.content ?? '';

describe('relayPages', () => {
  it('invites by link and QR code when clients can trust the certificate', () => {
    const index = page(trusted, '/en/index.html');
    expect(index).toContain('href="dcaccount:https://chat.example.org/new"');
    expect(index).toContain('src="/invite.svg"');
    expect(index).not.toContain('<script');
  });

  it('makes a login by a script when they cannot, and shows the way without one', () => {
    const index = page(selfSigned, '/en/index.html');
    expect(index).toContain('<script src="/login.js"></script>');
    expect(index).toContain('href="/new"');
    expect(index).toContain('<noscript>');
    expect(index).not.toContain('dcaccount:');
  });

  it("escapes the operator's words", () => {
    const config: Config = { ...trusted, privacy_postal: 'A <b>& B' };
    expect(page(config, '/en/privacy.html')).toContain('A &lt;b&gt;&amp; B');
    expect(page(config, '/en/privacy.html')).toContain('mailto:o&#39;x@example.org');
    expect(page(config, '/de/index.html')).toContain('https://example.org/give?a=1&amp;b=2');
  });

  it('names every contact of the privacy policy, and says so when there is none', () => {
    const config: Config = {
      ...trusted,
      privacy_pdo: 'Officer O',
      privacy_supervisor: 'Authority A',
    };
    expect(page(config, '/en/privacy.html')).toMatch(/Officer O[\s\S]*Authority A/);
    const bare = page(selfSigned, '/en/privacy.html');
    expect(bare).toContain('has not published an address');
    expect(bare).not.toMatch(/Supervisory|officer/);
  });

  it('speaks of donations only where one can donate', () => {
    expect(page(selfSigned, '/en/index.html')).not.toContain('Donate');
    expect(page(trusted, '/en/index.html')).toContain('Donate');
  });

  it('writes numbers as people of the language do', () => {
    expect(page(trusted, '/ru/index.html')).toContain('через 20 дней');
    expect(page(trusted, '/fa/index.html')).toContain('۲۰ روز');
  });

  it('has the languages that the operator chose, and no choice where there is one', () => {
    const german: Config = { ...trusted, languages: ['de'] };
    expect(relayPages(german).map(({ path }) => path)).toEqual(
      ['index', 'info', 'privacy', '404'].map((name) => `/de/${name}.html`),
    );
    expect(page(german, '/de/index.html')).not.toContain('hreflang');
  });
});

describe.each(LANGUAGES)('the pages in %s', (language) => {
  const pages = [...relayPages(trusted), ...relayPages(selfSigned)].filter(({ path }) =>
    path.startsWith(`/${language}/`),
  );

  it('name their language and direction', () => {
    for (const { content } of pages)
      expect(content).toContain(
        `<html lang="${language}" dir="${language === 'fa' ? 'rtl' : 'ltr'}">`,
      );
  });

  it('have one h1, one main, a title and named navigation', () => {
    for (const { content } of pages) {
      expect(content.match(/<h1/g)).toHaveLength(1);
      expect(content.match(/<main/g)).toHaveLength(1);
      expect(content).toMatch(/<title>[^<]+<\/title>/);
      expect(content).toContain('<a class="skip" href="#content">');
      expect(content).not.toMatch(/<nav>|<img(?![^>]* alt=)/);
    }
  });

  it('load nothing from elsewhere and need nothing that the policy forbids', () => {
    for (const { content } of pages) {
      expect(content).not.toMatch(/(?:src|srcset|data|poster|action)="(?!\/)/);
      expect(content).not.toMatch(/<link[^>]*href="(?!\/)/);
      expect(content).not.toMatch(/<style|style=|\son\w+=|<script>|<form|<iframe|javascript:/);
    }
  });

  it('leave no value out', () => {
    for (const { content } of pages) expect(content).not.toMatch(/\{\w+\}|undefined|NaN/);
  });
});
