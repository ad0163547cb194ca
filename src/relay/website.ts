import { certificateOrigin } from '../config/certificate.ts';
import { domainInUrl } from '../config/domain.ts';
import type { Config } from '../config/schema.ts';
import { type ManagedDirectory, type ManagedFile, ROOT } from '../engine/state.ts';
import { escapeMarkup } from './markup.ts';
import type { RelayPart } from './part.ts';
import { renderTemplate, type View } from './render.ts';

/** What nginx serves; everything in it is ours. */
export const WEBSITE_DIR = '/var/www/chatmail';

/** Path of the Autoconfig file, on disk below {@link WEBSITE_DIR} and in URLs. */
export const AUTOCONFIG_PATH = '/.well-known/autoconfig/mail/config-v1.1.xml';

/** RFC 8461 section 3.3. */
export const MTA_STS_PATH = '/.well-known/mta-sts.txt';

/** The pages of the relay and what clients and servers fetch from it. */
export const websitePart: RelayPart = (config) => ({
  name: 'website',
  directories: DIRECTORIES,
  files: [
    page('/index.html', renderTemplate('website/index.html.hbs', indexView(config))),
    page('/style.css', renderTemplate('website/style.css', {})),
    page(AUTOCONFIG_PATH, renderTemplate('website/autoconfig.xml.hbs', autoconfigView(config))),
    page(MTA_STS_PATH, renderTemplate('website/mta-sts.txt.hbs', domainView(config))),
  ],
});

const DIRECTORIES: readonly ManagedDirectory[] = [
  '',
  '/.well-known',
  '/.well-known/autoconfig',
  '/.well-known/autoconfig/mail',
].map((path) => ({ path: WEBSITE_DIR + path, owner: ROOT, mode: 0o755 }));

const page = (path: string, content: string): ManagedFile => ({
  path: WEBSITE_DIR + path,
  content,
  owner: ROOT,
  mode: 0o644,
});

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

const indexView = (config: Config): View => ({
  ...domainView(config),
  selfSigned: certificateOrigin(config) === 'self-signed',
  daysKept: config.delete_mails_after,
  daysInactive: config.delete_inactive_users_after,
  operator: paragraph(config.privacy_postal),
  contact: escapeMarkup(config.privacy_mail ?? ''),
});

/** Free text of the operator, its line breaks kept. */
const paragraph = (text: string | undefined): string =>
  escapeMarkup(text ?? '').replaceAll('\n', '<br>');
