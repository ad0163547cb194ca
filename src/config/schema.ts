/**
 * chatmail.ini: one declaration per key gives its default, unit, manual text and validation.
 * `chatmail.ini.example`, `cmdeploy init` and the checks of `load.ts` all come out of it.
 */
import { z } from 'zod';
import {
  absolutePath,
  certificateAndKey,
  decimal,
  domain,
  emailAddress,
  flag,
  httpsUrl,
  languageList,
  listenAddress,
  number,
  optional,
  portRange,
  size,
  text,
  urlOrLocal,
} from './values.ts';

/** What the manual says of a key, beside its type. */
export interface SettingMeta {
  /** Comment above the key in chatmail.ini; lines of at most 90 characters. */
  readonly doc: string;
  readonly section: Section;
}

export const SECTIONS = {
  general: 'The relay',
  accounts: 'Accounts',
  limits: 'Limits',
  deletion: 'Deletion',
  network: 'TLS and network',
  website: 'Web pages',
  extras: 'Optional services',
  privacy: 'Contacts for the privacy policy',
} as const;
export type Section = keyof typeof SECTIONS;

const metas = z.registry<SettingMeta>();
const describe = <T extends z.ZodType>(type: T, section: Section, doc: string): T => {
  metas.add(type, { doc, section });
  return type;
};

export const configSchema = z.strictObject({
  mail_domain: describe(
    domain(),
    'general',
    'Domain of the relay: the part behind the @ of its addresses, and its name in the DNS.\nA domain that begins with "_" uses a self-signed certificate; so does an IP address, for a\nrelay without a domain.',
  ),
  max_user_send_per_minute: describe(
    number(1, 100_000, 60),
    'limits',
    'Messages that one address may send per minute in the long run.',
  ),
  max_user_send_burst_size: describe(
    number(1, 100_000, 10),
    'limits',
    'Messages that one address may send at once before the limit above applies.',
  ),
  max_mailbox_size: describe(
    size('500M'),
    'limits',
    'Size of a mailbox. One that fills up loses its oldest messages.',
  ),
  max_message_size: describe(
    size('31457280'),
    'limits',
    'Size of a message as it is transferred, in bytes.',
  ),
  max_imap_connections: describe(
    number(1, 1_000_000, 10_000),
    'limits',
    'IMAP connections at the same time, of all users together.',
  ),
  max_smtp_connections: describe(
    number(1, 100_000, 1000),
    'limits',
    'SMTP connections at the same time, per service (25, 465, 587).',
  ),
  max_load_1m: describe(
    decimal(5),
    'accounts',
    'No account is made while the load average of the last minute is above this.',
  ),
  min_available_memory: describe(
    size('200M'),
    'accounts',
    'No account is made while less memory than this is available.',
  ),
  min_free_disk_space: describe(
    size('1G'),
    'accounts',
    'No account is made while less disk than this is free for mail.',
  ),
  username_min_length: describe(
    number(1, 64, 9),
    'accounts',
    'Shortest and longest user name (the part before the @) of a new account. Clients invent\nnames of 9 characters by themselves.',
  ),
  username_max_length: describe(number(1, 64, 9), 'accounts', ''),
  password_min_length: describe(
    number(1, 128, 9),
    'accounts',
    'Shortest password of a new account.',
  ),
  delete_mails_after: describe(
    number(1, 36_500, 20),
    'deletion',
    'Days after which a message is deleted, wherever it is.',
  ),
  delete_large_after: describe(
    number(1, 36_500, 7),
    'deletion',
    'Days after which a message above 200 kB is deleted once a client has seen it.',
  ),
  delete_inactive_users_after: describe(
    number(1, 36_500, 90),
    'deletion',
    'Days without login after which an account is deleted with all its messages.',
  ),
  tls_external_cert_and_key: describe(
    optional(certificateAndKey()),
    'network',
    'Certificate (with chain) and key on the relay, two absolute paths, if you manage them\nyourself. Empty: the relay gets its own.',
  ),
  acme_email: describe(
    optional(emailAddress()),
    'network',
    'Where the certificate authority can reach you.',
  ),
  acme_directory_url: describe(
    httpsUrl().prefault('https://acme-v02.api.letsencrypt.org/directory'),
    'network',
    'Certificate authority, by the URL of its ACME directory. Setting it agrees to its terms.',
  ),
  acme_root_certificate: describe(
    optional(
      text().regex(absolutePath, { error: 'must be the absolute path of a file on the relay' }),
    ),
    'network',
    'File on the relay with the root certificate (PEM) of a certificate authority of your own,\nwhen the relay does not trust it already.',
  ),
  disable_ipv6: describe(flag(false), 'network', 'Set to true on hosts without IPv6.'),
  languages: describe(
    languageList(),
    'website',
    'Languages of the web pages. A visitor gets the one that the browser asks for; the first is\nfor those who ask for none of them. Empty: all that there are, English first.',
  ),
  donation_url: describe(
    optional(httpsUrl()),
    'website',
    'Where people can donate for the relay. Empty: the pages do not speak of donations.',
  ),
  www_folder: describe(
    optional(text()),
    'website',
    'Folder on your machine with web pages of your own, relative to this file. What is in it is\npublished as it is, and takes the place of our page of the same path (docs/website.md).',
  ),
  turn: describe(
    flag(true),
    'extras',
    'Help voice and video calls between clients that cannot reach each other (TURN, UDP port 3478).',
  ),
  turn_ports: describe(
    portRange('49152-49663'),
    'extras',
    'UDP ports that calls are relayed from. A firewall must let them in, and 3478.',
  ),
  turn_external_address: describe(
    optional(z.ipv4({ error: 'must be an IPv4 address' })),
    'extras',
    'IPv4 address under which the Internet reaches the relay when the host itself has another one:\nbehind NAT, which must pass on 3478 and the ports above unchanged.',
  ),
  iroh_relay: describe(
    optional(urlOrLocal()),
    'extras',
    'URL of an iroh relay for realtime connections between clients. "local": this host runs one,\nfrom a program that it downloads (docs/realtime.md). Empty: none.',
  ),
  notification_url: describe(
    httpsUrl().prefault('https://notifications.delta.chat/notify'),
    'extras',
    'Service that wakes up phones when there is new mail. It learns the device token that the\nclient has set, which is encrypted for it, and nothing else.',
  ),
  mtail_address: describe(
    optional(listenAddress()),
    'extras',
    'Address of the relay on which metrics are offered (TCP port 3903), for example of a VPN:\nanybody who reaches it can read them (docs/metrics.md). Empty: no metrics.',
  ),
  imap_rawlog: describe(
    flag(false),
    'extras',
    'Log every IMAP session in full. Never set this on a relay that people use.',
  ),
  imap_compress: describe(flag(false), 'extras', 'Offer IMAP compression (RFC 4978).'),
  privacy_postal: describe(
    optional(text()),
    'privacy',
    'Postal address of the person or organisation that runs the relay.',
  ),
  privacy_mail: describe(optional(emailAddress()), 'privacy', 'Its e-mail address.'),
  privacy_pdo: describe(
    optional(text()),
    'privacy',
    'Postal address of the data protection officer, if there is one.',
  ),
  privacy_supervisor: describe(
    optional(text()),
    'privacy',
    'Postal address of the responsible supervisory authority.',
  ),
});

/** A checked chatmail.ini. Sizes are bytes, times are days; unset optional keys are undefined. */
export type Config = z.output<typeof configSchema>;
export type ConfigKey = keyof Config;

export const CONFIG_KEYS = Object.keys(configSchema.shape) as readonly ConfigKey[];

/** Keys that the upstream relay once had: an operator's old file may still hold them. */
export const DROPPED_KEYS: readonly string[] = [
  'passthrough_senders',
  'passthrough_recipients',
  'mailboxes_dir',
  'passdb_path',
];

/** Free text that operators wrap over several indented lines. */
export const MULTILINE_KEYS: readonly string[] = [
  'privacy_postal',
  'privacy_pdo',
  'privacy_supervisor',
];

/** Manual entry of a key. */
export const settingMeta = (key: ConfigKey): SettingMeta => {
  const meta = metas.get(configSchema.shape[key]);
  if (!meta) throw new Error(`${key} has no manual entry`);
  return meta;
};
