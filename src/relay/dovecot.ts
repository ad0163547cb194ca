import { certificateFiles } from '../config/certificate.ts';
import { domainInAddress, hostNameOf, isAddressRelay } from '../config/domain.ts';
import type { Config } from '../config/schema.ts';
import type { ManagedFile, Part, Platform } from '../engine/state.ts';
import { managedUnit, rootFile, unitPath } from './managed.ts';
import type { RelayPart } from './part.ts';
import {
  ACCOUNTS_AUTH_ADDRESS,
  ACCOUNTS_DICT_SOCKET,
  DOVECOT_LMTP_SOCKET,
  DOVECOT_SASL_SOCKET,
  LOG_FIFO,
  MAIL_DIR,
  PUSH_SPOOL,
  QUOTA_SOCKET,
  RELOAD_AND_SEE,
  VMAIL_USER,
} from './paths.ts';
import { renderTemplate, type View } from './render.ts';

/** The whole of our configuration: what Debian puts in conf.d/ is not included. */
const MAIN_CONF = '/etc/dovecot/dovecot.conf';
const AUTH_LUA = '/etc/dovecot/auth.lua';
const PUSH_LUA = '/etc/dovecot/push.lua';
const DROP_IN = unitPath('dovecot.service.d/chatmail.conf');

/** Postfix sees the sockets in there from inside its chroot. */
const POSTFIX_QUEUE_DIR = '/var/spool/postfix';

/** Debian 12 and 13 have Dovecots with different configuration languages. */
const DOVECOT_VERSION = { 12: '2.3', 13: '2.4' } as const;

const PACKAGES = ['dovecot-core', 'dovecot-imapd', 'dovecot-lmtpd', 'dovecot-auth-lua'] as const;

/** What Dovecot lets through to our script by itself. */
const USERNAME_CHARS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_@';

/** At most in one login process; each costs it up to about 100 kB for TLS. */
const CLIENTS_PER_LOGIN_PROCESS = 1000;
/** One process that has died must not leave the relay without. */
const MIN_LOGIN_PROCESSES = 2;
/** A person has some devices, and each opens a few connections. */
const CONNECTIONS_PER_USER = 20;
/** Room for the processes that talk to Dovecot's helpers beside one `imap` per connection. */
const OTHER_HELPER_CLIENTS = 1000;
/**
 * Percent of the quota at which a delivery has the mailbox cleaned up. What is too young to go at the
 * first warning may not be at the next. Dovecot heeds the first of them that a delivery passes.
 */
const QUOTA_WARNINGS = [95, 90, 85, 80, 75].map((percent, index) => ({
  percent,
  /** Dovecot 2.3 reads quota_warning, quota_warning2 and so on. */
  number: index === 0 ? '' : index + 1,
}));
/** What Debian's unit allows, and the kernel's default fs.nr_open, above which nobody may go. */
const OPEN_FILES = { min: 65_535, max: 1_048_576 } as const;

/** IMAP for clients, LMTP and SASL for Postfix; accounts are looked up by our Lua script. */
export const dovecotPart: RelayPart = (config, platform): Part => {
  return {
    name: 'dovecot',
    packages: PACKAGES,
    // Dovecot starts first; Postfix makes it only when it starts, and just so.
    directories: [
      {
        path: `${POSTFIX_QUEUE_DIR}/private`,
        owner: { user: 'postfix', group: 'root' },
        mode: 0o700,
      },
    ],
    files: files(config, platform),
    checks: [
      {
        name: 'doveconf',
        files: [MAIN_CONF],
        command: ['doveconf', '-n', '-c', `{stage}${MAIN_CONF}`],
      },
    ],
    units: [
      managedUnit(
        'dovecot.service',
        { files: [DROP_IN], packages: PACKAGES },
        { files: [MAIN_CONF, AUTH_LUA, PUSH_LUA] },
      ),
    ],
  };
};

const files = (config: Config, platform: Platform): ManagedFile[] => {
  const version = DOVECOT_VERSION[platform.debian];
  const rendered = (path: string, template: string, view: View): ManagedFile =>
    rootFile(path, renderTemplate(`dovecot/${template}`, view));
  return [
    rendered(MAIN_CONF, `${version}/dovecot.conf.hbs`, mainView(config)),
    rendered(AUTH_LUA, 'auth.lua.hbs', {
      dovecot_2_3: version === '2.3',
      mail_domain: domainInAddress(config.mail_domain),
      mail_dir: MAIL_DIR,
      mail_user: VMAIL_USER,
      create_url: `http://${ACCOUNTS_AUTH_ADDRESS.host}:${ACCOUNTS_AUTH_ADDRESS.port}/create`,
    }),
    rendered(PUSH_LUA, 'push.lua.hbs', { new_mail: `${PUSH_SPOOL}/mail` }),
    rendered(DROP_IN, 'dovecot.service.d.conf.hbs', {
      mail_dir: MAIL_DIR,
      new_mail: `${PUSH_SPOOL}/mail`,
      reload_and_see: RELOAD_AND_SEE,
      open_files: openFiles(config.max_imap_connections),
    }),
  ];
};

/** imap-hibernate, a single process, holds up to five descriptors per connection. */
const openFiles = (connections: number): number =>
  Math.min(OPEN_FILES.max, Math.max(OPEN_FILES.min, 5 * connections));

const mainView = (config: Config): View => {
  const connections = config.max_imap_connections;
  const loginProcesses = Math.max(
    MIN_LOGIN_PROCESSES,
    Math.ceil(connections / CLIENTS_PER_LOGIN_PROCESS),
  );
  return {
    hostname: hostNameOf(config.mail_domain),
    mail_domain: domainInAddress(config.mail_domain),
    username_chars: USERNAME_CHARS + (isAddressRelay(config.mail_domain) ? '[]:' : ''),
    listen: config.disable_ipv6 ? '*' : '*, ::',
    log_path: LOG_FIFO,
    ...certificateFiles(config),
    auth_lua: AUTH_LUA,
    push_lua: PUSH_LUA,
    dict_socket: ACCOUNTS_DICT_SOCKET,
    admin: config.privacy_mail ? `mailto:${config.privacy_mail}` : false,
    mail_user: VMAIL_USER,
    mail_dir: MAIL_DIR,
    max_mailbox_size: config.max_mailbox_size,
    max_message_size: config.max_message_size,
    quota_socket: QUOTA_SOCKET,
    quota_warnings: QUOTA_WARNINGS,
    imap_compress: config.imap_compress,
    imap_rawlog: config.imap_rawlog,
    lmtp_socket: `${POSTFIX_QUEUE_DIR}/${DOVECOT_LMTP_SOCKET}`,
    sasl_socket: `${POSTFIX_QUEUE_DIR}/${DOVECOT_SASL_SOCKET}`,
    max_imap_connections: connections,
    connections_per_user: CONNECTIONS_PER_USER,
    login_processes: loginProcesses,
    clients_per_login_process: Math.ceil(connections / loginProcesses),
    helper_clients: connections + OTHER_HELPER_CLIENTS,
  };
};
