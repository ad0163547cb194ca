/**
 * Names that more than one part of the relay must agree on. What only one part uses stays in its
 * own file.
 */

/** Configuration that chatmaild reads: our canonical rendering of the operator's chatmail.ini. */
export const CHATMAIL_INI = '/etc/chatmail/chatmail.ini';

/** Folder of the bundled chatmaild programs: `filter.cjs`, `accounts.cjs` ... */
export const CHATMAILD_DIR = '/usr/local/lib/chatmaild';

/** Reloads a daemon that says only in its log that it did not take its new configuration. */
export const RELOAD_AND_SEE = `${CHATMAILD_DIR}/reload-and-see`;

/** Tries out the relay on its own host. */
export const PROBE = `${CHATMAILD_DIR}/probe`;
/** Where probes note their accounts; for root only. */
export const PROBES_DIR = '/var/lib/cmdeploy/probes';

/** Owner of the mail store; Dovecot and `chatmail-accounts` run as this user. */
export const VMAIL_USER = 'vmail';
export const VMAIL_HOME = '/home/vmail';
/** The mailbox of an address is `MAIL_DIR/DOMAIN/USER@DOMAIN/`. */
export const MAIL_DIR = '/home/vmail/mail';

/** User of the milter, which parses strangers' mail and cannot read the mail store. */
export const FILTER_USER = 'chatmail-filter';
/** Milter sockets, one per direction, so that no client can choose its rules. */
export const FILTER_INCOMING_SOCKET = '/run/chatmail-filter/incoming.sock';
export const FILTER_OUTGOING_SOCKET = '/run/chatmail-filter/outgoing.sock';

/** Where Dovecot's Lua asks for the creation of an account: its HTTP client has no unix sockets. */
export const ACCOUNTS_AUTH_ADDRESS = { host: '127.0.0.1', port: 8181 } as const;
/** Where nginx serves HTTPS; it sends those from port 443 here who do not ask for IMAP or SMTP. */
export const HTTPS_ADDRESS = { host: '127.0.0.1', port: 8182 } as const;
/** User of the service that takes mail over HTTPS; it cannot read the mail store. */
export const MXDELIV_USER = 'chatmail-mxdeliv';
/** HTTP over a unix socket for nginx: `/mxdeliv`. */
export const MXDELIV_SOCKET = '/run/chatmail-mxdeliv/http.sock';
/** Where Postfix takes mail that came over HTTPS: on the same terms as on port 25. */
export const MXDELIV_SMTP_ADDRESS = { host: '127.0.0.1', port: 8183 } as const;
/** User of the service that brings mail to other relays over HTTPS; it cannot read the mail store. */
export const MXSEND_USER = 'chatmail-mxsend';
/** Where that service takes mail from Postfix, by SMTP. */
export const MXSEND_ADDRESS = { host: '127.0.0.1', port: 8184 } as const;
/** HTTP over a unix socket for nginx (`/new`) and the filter (`/incoming-cleartext`). */
export const ACCOUNTS_SOCKET = '/run/chatmail-accounts/http.sock';

/** The timer of the nightly deletion. */
export const DELETION_TIMER = 'chatmail-expire.timer';
/** Where Dovecot tells of a mailbox that is nearly full. */
export const QUOTA_SOCKET = '/run/chatmail-expire/quota.sock';

/** Dovecot's dict protocol, for METADATA. */
export const ACCOUNTS_DICT_SOCKET = '/run/chatmail-accounts/dict.sock';

/** User of the service that talks to the notification service; it cannot read the mail store. */
export const PUSH_USER = 'chatmail-push';
/** What is between new mail and its notification; the folders in it: `src/chatmaild/push/spool.ts`. */
export const PUSH_SPOOL = '/var/lib/chatmail-push';

/** What coturn and the METADATA service share, so that the one knows the other's credentials. */
export const TURN_SECRET = '/etc/chatmail/turn-secret';

/** Where a local iroh relay listens, for nginx. */
export const IROH_ADDRESS = '127.0.0.1:3340';

/** OpenDKIM's milter socket. */
export const OPENDKIM_SOCKET = '/run/opendkim/opendkim.sock';
/** Keys are here as `SELECTOR.private`. */
export const DKIM_KEYS_DIR = '/etc/dkimkeys';
/** Same place, name and selector as the upstream relay's, so that it can be taken over. */
export const DKIM_KEY = '/etc/dkimkeys/opendkim.private';
export const DKIM_SELECTOR = 'opendkim';
/**
 * Which key signs: made once, with the key above, and changed by `cmdeploy dkim rotate`, so that it is
 * the host that knows it. See opendkim.conf(5), KeyTable.
 */
export const DKIM_KEY_TABLE = '/etc/dkimkeys/KeyTable';
/** Name of the entry in the table. */
export const DKIM_TABLE_ENTRY = 'current';
/** An entry; `%` stands for the domain of the message. */
export const dkimTableLine = (selector: string): string =>
  `${DKIM_TABLE_ENTRY} %:${selector}:${DKIM_KEYS_DIR}/${selector}.private`;

/** Dovecot's sockets inside Postfix's queue directory, relative to it. */
export const DOVECOT_LMTP_SOCKET = 'private/dovecot-lmtp';
export const DOVECOT_SASL_SOCKET = 'private/auth';

/** A pipe: what daemons write here reaches the journal without IP addresses. See `logs.ts`. */
export const LOG_FIFO = '/run/chatmail-logs/fifo';

/** What nginx serves of it: `/.well-known/acme-challenge/` (RFC 8555 section 8.3). */
export const ACME_WEBROOT = '/var/lib/chatmail-acme';

/** The local resolver, the only one the relay's daemons use. */
export const RESOLVER_ADDRESS = '127.0.0.1';

/** What the service that looks after the certificate keeps. */
export const CERTIFICATE_STATE_DIR = '/var/lib/chatmail-certificate';
/** File with the URL of the relay's account at the authority, for the CAA record (RFC 8657). */
export const ACME_ACCOUNT = `${CERTIFICATE_STATE_DIR}/account`;
