import { certificateFiles } from '../config/certificate.ts';
import { domainInAddress, hostNameOf, isAddressRelay } from '../config/domain.ts';
import type { Config } from '../config/schema.ts';
import type { Check, ManagedFile } from '../engine/state.ts';
import { LOG_DIRECTORY, LOGS_SOCKET } from './logs.ts';
import { managedUnit, rootFile, unitPath } from './managed.ts';
import type { RelayPart } from './part.ts';
import {
  DOVECOT_LMTP_SOCKET,
  DOVECOT_SASL_SOCKET,
  FILTER_INCOMING_SOCKET,
  FILTER_OUTGOING_SOCKET,
  LOG_FIFO,
  MXDELIV_SMTP_ADDRESS,
  MXSEND_ADDRESS,
  OPENDKIM_SOCKET,
  VMAIL_HOME,
} from './paths.ts';
import { postfixUnit } from './postfix-unit.ts';
import { renderTemplate, type View } from './render.ts';

const DIRECTORY = '/etc/postfix';
const MAIN_CF = `${DIRECTORY}/main.cf`;
const MASTER_CF = `${DIRECTORY}/master.cf`;
/** Lookup tables; Postfix reads them as they are, so none has to be compiled. */
const TABLES = [
  'tls_policy.hbs',
  'transport.hbs',
  'sender_login',
  'submission_header_checks.hbs',
  'delivery_header_checks',
] as const;

/** Debian's configuration keeps TLS sessions there, by the addresses of the servers that got mail. */
const TLS_SESSION_CACHE = '/var/lib/postfix/smtp_scache.db';

/** Of the connections to a service, what one client address may have at the same time. */
const SHARE_OF_AN_ADDRESS = 1 / 4;

/** SMTP: takes mail from other servers and from users, delivers through Dovecot and to other servers. */
export const postfixPart: RelayPart = (config, platform) => {
  const view = postfixView(config);
  const unit = postfixUnit(platform);
  const tables = TABLES.map((name) =>
    textFile(`${DIRECTORY}/${name.replace('.hbs', '')}`, `postfix/${name}`, view),
  );
  const configuration = [
    textFile(MAIN_CF, 'postfix/main.cf.hbs', view),
    textFile(MASTER_CF, 'postfix/master.cf.hbs', view),
    ...tables,
  ];
  const dropIn = textFile(
    unitPath(`${unit}.d/chatmail.conf`),
    'postfix/postfix.service.conf.hbs',
    view,
  );
  return {
    name: 'postfix',
    packages: ['postfix', 'postfix-sqlite', 'ca-certificates'],
    files: [...configuration, dropIn],
    absent: [TLS_SESSION_CACHE],
    checks: checks(tables.map(({ path }) => path)),
    units: [
      managedUnit(
        unit,
        // inet_protocols, the only setting of ours that a reload does not change, is in the drop-in too.
        { files: [dropIn.path], packages: ['postfix'] },
        { files: configuration.map(({ path }) => path) },
      ),
    ],
  };
};

/**
 * postconf says what it does not understand but exits with 0 all the same; it reads main.cf and
 * master.cf. Numbers and times are only checked by a program that uses them: postmap, which reads
 * the table, too.
 */
const checks = (tables: readonly string[]): readonly Check[] => [
  {
    name: 'postconf',
    files: [MAIN_CF, MASTER_CF],
    command: [
      'sh',
      '-c',
      'problems=$({ postconf -c "$1" -n && postconf -c "$1" -M; } 2>&1 >/dev/null) && [ -z "$problems" ] ||' +
        ' { printf "%s\\n" "$problems" >&2; exit 1; }',
      'sh',
      `{stage}${DIRECTORY}`,
    ],
  },
  {
    name: 'postmap',
    files: [MAIN_CF, ...tables],
    command: [
      'postmap',
      '-c',
      `{stage}${DIRECTORY}`,
      '-q',
      '_a.test',
      `regexp:{stage}${DIRECTORY}/tls_policy`,
    ],
  },
];

/** As a destination of smtp(8). */
const MXSEND = `[${MXSEND_ADDRESS.host}]:${MXSEND_ADDRESS.port}`;

const postfixView = (config: Config): View => {
  const signers = isAddressRelay(config.mail_domain) ? [] : [OPENDKIM_SOCKET];
  const { certificate, key } = certificateFiles(config);
  return {
    ...names(config.mail_domain),
    outgoingMilters: [FILTER_OUTGOING_SOCKET, ...signers].map(milter).join(','),
    bounceMilters: signers.map(milter).join(','),
    inetProtocols: config.disable_ipv6 ? 'ipv4' : 'all',
    messageSizeLimit: config.max_message_size,
    maxConnections: config.max_smtp_connections,
    connectionsPerAddress: Math.ceil(config.max_smtp_connections * SHARE_OF_AN_ADDRESS),
    mxdelivAddress: `${MXDELIV_SMTP_ADDRESS.host}:${MXDELIV_SMTP_ADDRESS.port}`,
    mxsend: MXSEND,
    mxsendRegexp: MXSEND.replace(/[.[\]]/g, '\\$&'),
    certificate,
    certificateKey: key,
    logFifo: LOG_FIFO,
    logDirectory: LOG_DIRECTORY,
    lmtpSocket: DOVECOT_LMTP_SOCKET,
    saslSocket: DOVECOT_SASL_SOCKET,
    filterIncomingSocket: FILTER_INCOMING_SOCKET,
    vmailHome: VMAIL_HOME,
    submission: [
      { service: 'submissions', implicitTls: 'yes' },
      { service: 'submission', implicitTls: 'no' },
    ],
    wants: [
      LOGS_SOCKET,
      'chatmail-filter-incoming.socket',
      'chatmail-filter-outgoing.socket',
      ...(signers.length > 0 ? ['opendkim.service'] : []),
    ].join(' '),
  };
};

const milter = (socket: string): string => `unix:${socket}`;

/** To Postfix an address literal that it knows for its own is a local domain, others are virtual. */
const names = (domain: string): View => {
  const inAddress = domainInAddress(domain);
  return {
    hostname: hostNameOf(domain),
    domain: inAddress,
    domainRegexp: inAddress.replaceAll(/[.[\]]/g, '\\$&'),
    ownAddress: isAddressRelay(domain) ? domain : false,
  };
};

const textFile = (path: string, template: string, view: View): ManagedFile =>
  rootFile(path, renderTemplate(template, view));
