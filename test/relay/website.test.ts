import { describe, expect, it } from 'vitest';
import { type Config, configSchema } from '../../src/config/schema.ts';
import { escapeMarkup } from '../../src/relay/markup.ts';
import {
  AUTOCONFIG_PATH,
  MTA_STS_PATH,
  WEBSITE_DIR,
  websitePart,
} from '../../src/relay/website.ts';

const selfSigned = configSchema.parse({ mail_domain: '_one.test' });
const external = configSchema.parse({
  mail_domain: 'chat.example.org',
  tls_external_cert_and_key: '/srv/tls/fullchain.pem /srv/tls/key.pem',
});

const page = (config: Config, path: string): string => {
  const files = websitePart(config, { debian: 13 }).files ?? [];
  return String(files.find((file) => file.path === WEBSITE_DIR + path)?.content);
};

describe('websitePart', () => {
  it('invites by dcaccount: when clients can trust the certificate', () => {
    expect(page(external, '/index.html')).toContain(
      'href="dcaccount:https://chat.example.org/new"',
    );
  });

  it('shows the way to a login when they cannot', () => {
    expect(page(selfSigned, '/index.html')).toContain('href="/new"');
    expect(page(selfSigned, '/index.html')).not.toContain('dcaccount:');
  });

  it("escapes the operator's words", () => {
    const config = { ...selfSigned, privacy_postal: 'A <b>&\nB', privacy_mail: "o'x@example.org" };
    expect(page(config, '/index.html')).toContain('A &lt;b&gt;&amp;<br>B');
    expect(page(config, '/index.html')).toContain('mailto:o&#39;x@example.org');
  });

  it('needs nothing that the content security policy forbids', () => {
    expect(page(selfSigned, '/index.html')).not.toMatch(/<script|<style|style=|onclick/);
  });

  it('lists the servers in the order in which clients try them', () => {
    const xml = page(external, AUTOCONFIG_PATH);
    const servers = [
      ...xml.matchAll(
        /<(?:incoming|outgoing)Server type="(\w+)">\s*<hostname>chat\.example\.org<\/hostname>\s*<port>(\d+)<\/port>\s*<socketType>(\w+)</g,
      ),
    ].map(([, type, port, socketType]) => `${type} ${port} ${socketType}`);
    expect(servers).toEqual([
      'imap 993 SSL',
      'imap 143 STARTTLS',
      'imap 443 SSL',
      'smtp 465 SSL',
      'smtp 587 STARTTLS',
      'smtp 443 SSL',
    ]);
    expect(xml.match(/%EMAILADDRESS%/g)).toHaveLength(6);
  });

  it('publishes an MTA-STS policy', () => {
    expect(page(external, MTA_STS_PATH)).toBe(
      'version: STSv1\nmode: enforce\nmx: chat.example.org\nmax_age: 2419200\n',
    );
  });
});

describe('escapeMarkup', () => {
  it('leaves nothing that ends an attribute or begins a tag', () => {
    expect(escapeMarkup(`<a b="c" d='e'>&`)).toBe('&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;');
  });
});
