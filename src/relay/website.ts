import { domainInUrl } from '../config/domain.ts';
import type { Config } from '../config/schema.ts';
import { type ManagedDirectory, type ManagedFile, ROOT } from '../engine/state.ts';
import { inviteCode } from '../website/invite.ts';
import { escapeMarkup } from '../website/markup.ts';
import { invitesByLogin, relayPages } from '../website/pages.ts';
import { qrSvg } from '../website/qr.ts';
import { readBundle } from './bundles.ts';
import { rootFile } from './managed.ts';
import type { RelayPart } from './part.ts';
import { renderTemplate, type View } from './render.ts';

/** What nginx serves; everything in it is ours. */
export const WEBSITE_DIR = '/var/www/chatmail';

/** Path of the Autoconfig file, on disk below {@link WEBSITE_DIR} and in URLs. */
export const AUTOCONFIG_PATH = '/.well-known/autoconfig/mail/config-v1.1.xml';

/** The build's output for browsers; the same distance from src/relay/ and dist/relay/. */
const BROWSER_BUNDLES = new URL('../../dist/browser/', import.meta.url);

/** The script of a start page that makes logins. */
export const LOGIN_SCRIPT_PATH = '/login.js';

/** RFC 8461 section 3.3. */
export const MTA_STS_PATH = '/.well-known/mta-sts.txt';

/** The pages of the relay and what clients and servers fetch from it; the operator's own first. */
export const websitePart: RelayPart = (config, _platform, ownPages = []) => {
  const own = ownPages.map(({ path, content }) => file(path, content));
  const taken = new Set(own.map(({ path }) => path));
  const files = [...own, ...websiteFiles(config).filter(({ path }) => !taken.has(path))];
  return { name: 'website', directories: directoriesOf(files), files };
};

const websiteFiles = (config: Config): ManagedFile[] => [
  ...relayPages(config).map(({ path, content }) => file(path, content)),
  file('/style.css', renderTemplate('website/style.css', {})),
  file('/icon.svg', renderTemplate('website/icon.svg', {})),
  invitesByLogin(config)
    ? file(LOGIN_SCRIPT_PATH, readBundle('login.js', BROWSER_BUNDLES))
    : file('/invite.svg', qrSvg(inviteCode(config))),
  file(AUTOCONFIG_PATH, renderTemplate('website/autoconfig.xml.hbs', autoconfigView(config))),
  file(MTA_STS_PATH, renderTemplate('website/mta-sts.txt.hbs', domainView(config))),
];

/** The folder of the site and those below it, outer ones first. */
const directoriesOf = (files: readonly ManagedFile[]): ManagedDirectory[] => {
  const inner = files.flatMap(({ path }) => {
    const names = path
      .slice(WEBSITE_DIR.length + 1)
      .split('/')
      .slice(0, -1);
    return names.map((_, index) => `${WEBSITE_DIR}/${names.slice(0, index + 1).join('/')}`);
  });
  return [
    // What an earlier configuration left, a language or a page of the operator's, goes.
    { path: WEBSITE_DIR, owner: ROOT, mode: 0o755, exclusive: true },
    ...[...new Set(inner)].sort().map((path) => ({ path, owner: ROOT, mode: 0o755 })),
  ];
};

const file = (path: string, content: string | Uint8Array): ManagedFile =>
  rootFile(WEBSITE_DIR + path, content);

const domainView = (config: Config): View => ({
  domain: escapeMarkup(domainInUrl(config.mail_domain)),
});

/** In the order in which clients try them. */
const autoconfigView = (config: Config): View => ({
  ...domainView(config),
  servers: [
    { direction: 'incoming', type: 'imap', port: 993, socketType: 'SSL' },
    { direction: 'incoming', type: 'imap', port: 143, socketType: 'STARTTLS' },
    { direction: 'incoming', type: 'imap', port: 443, socketType: 'SSL' },
    { direction: 'outgoing', type: 'smtp', port: 465, socketType: 'SSL' },
    { direction: 'outgoing', type: 'smtp', port: 587, socketType: 'STARTTLS' },
    { direction: 'outgoing', type: 'smtp', port: 443, socketType: 'SSL' },
  ],
});
