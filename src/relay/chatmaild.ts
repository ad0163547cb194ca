import { canonicalIni } from '../config/render.ts';
import type { Config } from '../config/schema.ts';
import { offersTurn } from '../config/turn.ts';
import {
  type Inputs,
  type ManagedDirectory,
  type ManagedFile,
  type ManagedUnit,
  ROOT,
  type SystemUser,
} from '../engine/state.ts';
import { readBundle } from './bundles.ts';
import type { RelayPart } from './part.ts';
import {
  ACCOUNTS_AUTH_ADDRESS,
  ACCOUNTS_DICT_SOCKET,
  ACCOUNTS_SOCKET,
  CHATMAIL_INI,
  CHATMAILD_DIR,
  FILTER_INCOMING_SOCKET,
  FILTER_OUTGOING_SOCKET,
  FILTER_USER,
  MAIL_DIR,
  MXDELIV_SOCKET,
  MXDELIV_USER,
  MXSEND_ADDRESS,
  MXSEND_USER,
  PROBE,
  PUSH_SPOOL,
  PUSH_USER,
  TURN_SECRET,
  VMAIL_HOME,
  VMAIL_USER,
} from './paths.ts';
import { probeFiles } from './probe.ts';
import { renderTemplate, type View } from './render.ts';

/** A service of chatmaild and the sockets that systemd opens for it. */
interface Service {
  readonly name: `chatmail-${'filter' | 'accounts' | 'push' | 'mxdeliv' | 'mxsend'}`;
  readonly bundle: string;
  readonly sockets: readonly ManagedFile[];
  /** Whether SIGHUP makes it read chatmail.ini again. */
  readonly reloads: boolean;
  readonly view: View;
}

interface ServiceState {
  readonly files: readonly ManagedFile[];
  readonly units: readonly ManagedUnit[];
}

/** The relay's own services, the mail store and the settings they read. */
export const chatmaildPart: RelayPart = (config) => {
  const services = [filter(), accounts(config), push(), mxdeliv(), mxsend()].map(describeService);
  return {
    name: 'chatmaild',
    packages: ['nodejs', 'openssl', 'ca-certificates'],
    users: USERS,
    directories: DIRECTORIES,
    files: [
      textFile(CHATMAIL_INI, canonicalIni(config)),
      ...services.flatMap(({ files }) => files),
      ...probeFiles(config),
    ],
    units: services.flatMap(({ units }) => units),
    // A certificate that clients refuse came before the deploy, and going back would not mend it.
    gates: [{ name: 'the relay does its job', command: [PROBE, '--any-certificate'] }],
  };
};

const VMAIL = { user: VMAIL_USER, group: VMAIL_USER };

const USERS: readonly SystemUser[] = [
  { name: VMAIL_USER, home: VMAIL_HOME, groups: [] },
  { name: FILTER_USER, home: '/nonexistent', groups: [] },
  { name: PUSH_USER, home: '/nonexistent', groups: [] },
  { name: MXDELIV_USER, home: '/nonexistent', groups: [] },
  { name: MXSEND_USER, home: '/nonexistent', groups: [] },
];

const DIRECTORIES: readonly ManagedDirectory[] = [
  { path: VMAIL_HOME, owner: VMAIL, mode: 0o750 },
  { path: MAIL_DIR, owner: VMAIL, mode: 0o700 },
  { path: '/etc/chatmail', owner: ROOT, mode: 0o755 },
  { path: CHATMAILD_DIR, owner: ROOT, mode: 0o755 },
  { path: PUSH_SPOOL, owner: ROOT, mode: 0o755 },
  { path: `${PUSH_SPOOL}/mail`, owner: VMAIL, mode: 0o700 },
  { path: `${PUSH_SPOOL}/taken`, owner: VMAIL, mode: 0o700 },
  { path: `${PUSH_SPOOL}/queue`, owner: { user: PUSH_USER, group: VMAIL_USER }, mode: 0o770 },
  { path: `${PUSH_SPOOL}/pending`, owner: { user: PUSH_USER, group: PUSH_USER }, mode: 0o700 },
  { path: `${PUSH_SPOOL}/gone`, owner: { user: PUSH_USER, group: VMAIL_USER }, mode: 0o770 },
];

const unitFile = (name: string, template: string, view: View): ManagedFile =>
  textFile(`/etc/systemd/system/${name}`, renderTemplate(`chatmaild/${template}`, view));

const textFile = (path: string, content: string): ManagedFile => ({
  path,
  content,
  owner: ROOT,
  mode: 0o644,
});

const filterSocket = (direction: 'incoming' | 'outgoing', path: string): ManagedFile =>
  unitFile(`chatmail-filter-${direction}.socket`, 'filter.socket.hbs', { direction, path });

const filter = (): Service => ({
  name: 'chatmail-filter',
  bundle: 'filter.cjs',
  sockets: [
    filterSocket('incoming', FILTER_INCOMING_SOCKET),
    filterSocket('outgoing', FILTER_OUTGOING_SOCKET),
  ],
  // A milter that restarts costs every SMTP session that is open its next message.
  reloads: true,
  view: {
    description: 'Milter of the relay: encrypted mail only',
    user: FILTER_USER,
    heapMegabytes: 256,
    memoryMegabytes: 512,
    mailStore: false,
    spool: false,
    network: false,
    turnSecret: false,
  },
});

const accountsSocket = (name: 'auth' | 'http' | 'dict', listen: string, users: View | false) =>
  unitFile(`chatmail-accounts-${name}.socket`, 'service.socket.hbs', {
    description: `Accounts of the relay (${name})`,
    service: 'chatmail-accounts',
    name,
    listen,
    users,
  });

const accounts = (config: Config): Service => ({
  name: 'chatmail-accounts',
  bundle: 'accounts.cjs',
  sockets: [
    accountsSocket('auth', `${ACCOUNTS_AUTH_ADDRESS.host}:${ACCOUNTS_AUTH_ADDRESS.port}`, false),
    accountsSocket('http', ACCOUNTS_SOCKET, { user: 'www-data', group: FILTER_USER }),
    accountsSocket('dict', ACCOUNTS_DICT_SOCKET, VMAIL),
  ],
  reloads: false,
  view: {
    description: 'Accounts of the relay',
    user: VMAIL_USER,
    heapMegabytes: 128,
    memoryMegabytes: 256,
    mailStore: MAIL_DIR,
    spool: PUSH_SPOOL,
    network: false,
    turnSecret: offersTurn(config) ? TURN_SECRET : false,
  },
});

const push = (): Service => ({
  name: 'chatmail-push',
  bundle: 'push.cjs',
  sockets: [],
  reloads: false,
  view: {
    description: 'Push notifications of the relay',
    user: PUSH_USER,
    heapMegabytes: 128,
    memoryMegabytes: 256,
    mailStore: false,
    spool: PUSH_SPOOL,
    network: true,
    turnSecret: false,
  },
});

const mxdeliv = (): Service => ({
  name: 'chatmail-mxdeliv',
  bundle: 'mxdeliv.cjs',
  sockets: [
    unitFile('chatmail-mxdeliv.socket', 'service.socket.hbs', {
      description: 'Mail that comes over HTTPS',
      service: 'chatmail-mxdeliv',
      name: 'http',
      listen: MXDELIV_SOCKET,
      users: { user: 'www-data', group: 'www-data' },
    }),
  ],
  reloads: false,
  view: {
    description: 'Takes mail over HTTPS',
    user: MXDELIV_USER,
    heapMegabytes: 128,
    memoryMegabytes: 256,
    mailStore: false,
    spool: false,
    turnSecret: false,
    network: false,
  },
});

const mxsend = (): Service => ({
  name: 'chatmail-mxsend',
  bundle: 'mxsend.cjs',
  sockets: [
    unitFile('chatmail-mxsend.socket', 'service.socket.hbs', {
      description: 'Mail that goes over HTTPS',
      service: 'chatmail-mxsend',
      name: 'smtp',
      listen: `${MXSEND_ADDRESS.host}:${MXSEND_ADDRESS.port}`,
      users: false,
    }),
  ],
  reloads: false,
  view: {
    description: 'Brings mail to other relays over HTTPS',
    user: MXSEND_USER,
    heapMegabytes: 128,
    memoryMegabytes: 256,
    mailStore: false,
    spool: false,
    turnSecret: false,
    network: true,
  },
});

const describeService = ({ name, bundle, sockets, reloads, view }: Service): ServiceState => {
  const program = `${CHATMAILD_DIR}/${bundle}`;
  const unit = unitFile(`${name}.service`, 'service.hbs', {
    ...view,
    reloads,
    program,
    configFile: CHATMAIL_INI,
    sockets: sockets.map(unitOf).join(' '),
  });
  const settings: Inputs = { files: [CHATMAIL_INI], packages: [] };
  const programs: Inputs = { files: [program, unit.path], packages: ['nodejs'] };
  const secrets = view['turnSecret'] ? [TURN_SECRET] : [];
  const all: Inputs = { ...programs, files: [program, CHATMAIL_INI, unit.path, ...secrets] };
  return {
    files: [
      { path: program, content: readBundle(bundle), owner: ROOT, mode: 0o644 },
      ...sockets,
      unit,
    ],
    units: [
      ...sockets.map((socket) =>
        managedUnit(unitOf(socket), { files: [socket.path], packages: [] }, NOTHING),
      ),
      reloads
        ? managedUnit(unitOf(unit), programs, settings)
        : managedUnit(unitOf(unit), all, NOTHING),
    ],
  };
};

const NOTHING: Inputs = { files: [], packages: [] };

const managedUnit = (name: string, restartOn: Inputs, reloadOn: Inputs): ManagedUnit => ({
  name,
  restartOn,
  reloadOn,
});

const unitOf = (file: ManagedFile): string => file.path.replace('/etc/systemd/system/', '');
