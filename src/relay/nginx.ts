import { certificateFiles, certificateOrigin } from '../config/certificate.ts';
import { domainInUrl, isAddressRelay } from '../config/domain.ts';
import type { Config } from '../config/schema.ts';
import { type ManagedFile, ROOT } from '../engine/state.ts';
import { languagePatterns } from '../website/negotiation.ts';
import { invitesByLogin } from '../website/pages.ts';
import { contentPolicies } from '../website/policy.ts';
import { LOGS_SOCKET } from './logs.ts';
import { managedUnit, rootFile, unitPath } from './managed.ts';
import type { OwnPage, RelayPart } from './part.ts';
import {
  ACCOUNTS_SOCKET,
  ACME_WEBROOT,
  HTTPS_ADDRESS,
  IROH_ADDRESS,
  LOG_FIFO,
  MXDELIV_SOCKET,
  RELOAD_AND_SEE,
} from './paths.ts';
import { renderTemplate, type View } from './render.ts';
import { MTA_STS_PATH, WEBSITE_DIR } from './website.ts';

const CONFIG_PATH = '/etc/nginx/nginx.conf';
const DROP_IN_PATH = unitPath('nginx.service.d/chatmail.conf');

/** The module `stream` is a package of its own. */
const PACKAGES = ['nginx', 'libnginx-mod-stream'] as const;

/** Visitors, and what the pages need themselves. */
const WEB_CONNECTIONS = 2048;
/** The kernel's default fs.nr_open, above which nobody may go. */
const MOST_OPEN_FILES = 1_048_576;

/**
 * Port 443 by protocol, and the web server behind it: the pages, and `/new` for the accounts service.
 * Debian's sites are not included.
 */
export const nginxPart: RelayPart = (config, _platform, ownPages = []) => {
  return {
    name: 'nginx',
    packages: PACKAGES,
    directories: [{ path: unitPath('nginx.service.d'), owner: ROOT, mode: 0o755 }],
    files: [configuration(config, ownPages), dropIn(config)],
    checks: [
      {
        name: 'nginx -t',
        files: [CONFIG_PATH],
        command: ['nginx', '-t', '-q', '-e', 'stderr', '-c', `{stage}${CONFIG_PATH}`],
      },
    ],
    units: [
      managedUnit(
        'nginx.service',
        { files: [DROP_IN_PATH], packages: PACKAGES },
        { files: [CONFIG_PATH] },
      ),
    ],
  };
};

const configuration = (config: Config, ownPages: readonly OwnPage[]): ManagedFile => {
  const { certificate, key } = certificateFiles(config);
  return rootFile(
    CONFIG_PATH,
    renderTemplate('nginx/nginx.conf.hbs', {
      domain: domainInUrl(config.mail_domain),
      subdomains: !isAddressRelay(config.mail_domain),
      ipv6: !config.disable_ipv6,
      workerConnections: workerConnections(config),
      connectionsPerAddress: Math.ceil(config.max_smtp_connections / 2),
      httpsAddress: `${HTTPS_ADDRESS.host}:${HTTPS_ADDRESS.port}`,
      certificate,
      certificateKey: key,
      // A browser must be able to pass over a certificate that nobody else signed (RFC 6797 12.1).
      hsts: certificateOrigin(config) !== 'self-signed',
      websiteDir: WEBSITE_DIR,
      mtaStsPath: MTA_STS_PATH,
      ...languageView(config),
      scripted: invitesByLogin(config),
      ...contentPolicies(ownPages.length > 0),
      acmeWebroot: ACME_WEBROOT,
      accountsSocket: ACCOUNTS_SOCKET,
      irohAddress: config.iroh_relay === 'local' && IROH_ADDRESS,
      mxdelivSocket: MXDELIV_SOCKET,
      maxSmtpConnections: config.max_smtp_connections,
      maxMessageSize: config.max_message_size,
    }),
  );
};

/** All clients through port 443: each is one connection from outside and one to its service. */
const workerConnections = ({ max_imap_connections, max_smtp_connections }: Config): number =>
  Math.min(
    MOST_OPEN_FILES / 2,
    2 * (max_imap_connections + max_smtp_connections) + WEB_CONNECTIONS,
  );

const languageView = ({ languages }: Config): View => ({
  languages: languages.join('|'),
  languageTags: languages,
  defaultLanguage: languages[0] ?? 'en',
  languagePatterns: languagePatterns(languages),
});

const dropIn = (config: Config): ManagedFile =>
  rootFile(
    DROP_IN_PATH,
    renderTemplate('nginx/nginx.service.conf.hbs', {
      logFifo: LOG_FIFO,
      logsSocket: LOGS_SOCKET,
      reloadAndSee: RELOAD_AND_SEE,
      // Beside connections: listeners, the log, the pages that are being sent.
      openFiles: workerConnections(config) + WEB_CONNECTIONS,
    }),
  );
