import type { Config } from '../config/schema.ts';
import type { GeneratedFiles, ManagedFile } from '../engine/state.ts';
import { managedUnit, rootFile, unitPath } from './managed.ts';
import type { RelayPart } from './part.ts';
import {
  DKIM_KEY,
  DKIM_KEY_TABLE,
  DKIM_SELECTOR,
  DKIM_TABLE_ENTRY,
  dkimTableLine,
  OPENDKIM_SOCKET,
} from './paths.ts';
import { renderTemplate } from './render.ts';

const CONFIG_PATH = '/etc/opendkim.conf';
const UNIT = 'opendkim.service';
const DROP_IN_PATH = unitPath(`${UNIT}.d/chatmail.conf`);
const TMPFILES_PATH = '/etc/tmpfiles.d/opendkim.conf';

/**
 * What is signed, and once more than it is there: what tells who wrote to whom and how the body is
 * to be read (RFC 6376 section 5.4.1), and `Autocrypt` with its key.
 */
const SIGNED_HEADERS: readonly string[] = [
  'from',
  'sender',
  'reply-to',
  'to',
  'cc',
  'subject',
  'date',
  'message-id',
  'in-reply-to',
  'references',
  'mime-version',
  'content-type',
  'content-transfer-encoding',
  'autocrypt',
];

/** Signs what users send, and bounces, in the name of the mail domain. It verifies nothing. */
export const opendkimPart: RelayPart = (config) => ({
  name: 'opendkim',
  packages: ['opendkim', 'openssl'],
  files: [configuration(config), dropIn(), tmpfiles()],
  generated: [dkimKey, keyTable],
  checks: [
    {
      name: 'opendkim -n',
      files: [CONFIG_PATH],
      // As its own user: it insists that the key belongs to whoever runs it.
      command: ['opendkim', '-n', '-u', 'opendkim', '-x', `{stage}${CONFIG_PATH}`],
    },
  ],
  units: [
    managedUnit(
      UNIT,
      { files: [CONFIG_PATH, DKIM_KEY, DROP_IN_PATH], packages: ['opendkim'] },
      { files: [DKIM_KEY_TABLE] },
    ),
  ],
});

const dkimKey: GeneratedFiles = {
  name: 'DKIM key',
  paths: [DKIM_KEY],
  // 2048 bits: what every verifier reads, and what fits into a DNS answer (RFC 8301 section 3.2).
  commands: [['openssl', 'genrsa', '-out', DKIM_KEY, '2048']],
  owner: { user: 'opendkim', group: 'opendkim' },
  mode: 0o600,
};

const keyTable: GeneratedFiles = {
  name: 'choice of the DKIM key',
  paths: [DKIM_KEY_TABLE],
  commands: [
    ['sh', '-c', 'printf "%s\\n" "$1" > "$2"', 'sh', dkimTableLine(DKIM_SELECTOR), DKIM_KEY_TABLE],
  ],
  owner: { user: 'opendkim', group: 'opendkim' },
  mode: 0o600,
};

const configuration = (config: Config): ManagedFile =>
  rootFile(
    CONFIG_PATH,
    renderTemplate('opendkim/opendkim.conf.hbs', {
      domain: config.mail_domain,
      keyTable: DKIM_KEY_TABLE,
      entry: DKIM_TABLE_ENTRY,
      socket: OPENDKIM_SOCKET,
      headers: SIGNED_HEADERS.join(','),
    }),
  );

const dropIn = (): ManagedFile =>
  rootFile(
    DROP_IN_PATH,
    renderTemplate('opendkim/opendkim.service.conf.hbs', { socket: OPENDKIM_SOCKET }),
  );

const tmpfiles = (): ManagedFile =>
  rootFile(TMPFILES_PATH, renderTemplate('opendkim/tmpfiles.conf', {}));
