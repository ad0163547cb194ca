/** The services of chatmaild, one function each: who runs it, what it may, where it listens. */
import type { Config } from '../config/schema.ts';
import { offersTurn } from '../config/turn.ts';
import type { ManagedFile } from '../engine/state.ts';
import { unitFile } from './managed.ts';
import {
  ACCOUNTS_AUTH_ADDRESS,
  ACCOUNTS_DICT_SOCKET,
  ACCOUNTS_SOCKET,
  FILTER_INCOMING_SOCKET,
  FILTER_OUTGOING_SOCKET,
  FILTER_USER,
  MAIL_DIR,
  MXDELIV_SOCKET,
  MXDELIV_USER,
  MXSEND_ADDRESS,
  MXSEND_USER,
  PUSH_SPOOL,
  PUSH_USER,
  TURN_SECRET,
  VMAIL_USER,
} from './paths.ts';
import { renderTemplate, type View } from './render.ts';

/** A service of chatmaild and the sockets that systemd opens for it. */
export interface Service {
  readonly name: `chatmail-${'filter' | 'accounts' | 'push' | 'mxdeliv' | 'mxsend'}`;
  readonly bundle: string;
  readonly sockets: readonly ManagedFile[];
  /** Whether SIGHUP makes it read chatmail.ini again. */
  readonly reloads: boolean;
  readonly view: View;
}

/** In the order in which they start. */
export const chatmaildServices = (config: Config): readonly Service[] => [
  filter(),
  accounts(config),
  push(),
  mxdeliv(),
  mxsend(),
];

const socketFile = (name: string, template: string, view: View): ManagedFile =>
  unitFile(`${name}.socket`, renderTemplate(`chatmaild/${template}`, view));

const filterSocket = (direction: 'incoming' | 'outgoing', path: string): ManagedFile =>
  socketFile(`chatmail-filter-${direction}`, 'filter.socket.hbs', { direction, path });

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
  socketFile(`chatmail-accounts-${name}`, 'service.socket.hbs', {
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
    accountsSocket('dict', ACCOUNTS_DICT_SOCKET, { user: VMAIL_USER, group: VMAIL_USER }),
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
    socketFile('chatmail-mxdeliv', 'service.socket.hbs', {
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
    socketFile('chatmail-mxsend', 'service.socket.hbs', {
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
