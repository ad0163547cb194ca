import { describe, expect, it } from 'vitest';
import { type Config, configSchema } from '../../src/config/schema.ts';
import type { OwnPage } from '../../src/relay/part.ts';
import {
  AUTOCONFIG_PATH,
  LOGIN_SCRIPT_PATH,
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

const paths = (config: Config, own: OwnPage[] = []): string[] =>
  (websitePart(config, { debian: 13 }, own).files ?? []).map(({ path }) => path);

describe('websitePart', () => {
  it('draws the invitation when clients can trust the certificate', () => {
    expect(paths(external)).toContain(`${WEBSITE_DIR}/invite.svg`);
    expect(paths(external)).not.toContain(WEBSITE_DIR + LOGIN_SCRIPT_PATH);
  });

  it('brings a script that makes logins when they cannot', () => {
    expect(paths(selfSigned)).toContain(WEBSITE_DIR + LOGIN_SCRIPT_PATH);
    expect(paths(selfSigned)).not.toContain(`${WEBSITE_DIR}/invite.svg`);
  });

  it('owns the folder of the site, so that pages that are no more go', () => {
    const { directories = [] } = websitePart(external, { debian: 13 });
    expect(directories.filter(({ exclusive }) => exclusive).map(({ path }) => path)).toEqual([
      WEBSITE_DIR,
    ]);
  });

  it("puts the operator's pages in the place of ours, in folders of their own too", () => {
    const own = (path: string): OwnPage => ({ path, content: Buffer.from('mine') });
    const part = websitePart(external, { debian: 13 }, [own('/de/info.html'), own('/a/b/c.png')]);
    const files = new Map(part.files?.map((file) => [file.path, String(file.content)]));
    expect(files.get(`${WEBSITE_DIR}/de/info.html`)).toBe('mine');
    expect(files.get(`${WEBSITE_DIR}/en/info.html`)).toContain('<html');
    const folders = part.directories?.map(({ path }) => path);
    expect(folders).toContain(`${WEBSITE_DIR}/a`);
    expect(folders).toContain(`${WEBSITE_DIR}/a/b`);
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
