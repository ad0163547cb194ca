import { basename } from 'node:path';
import { canonicalIni } from '../config/render.ts';
import {
  type Inputs,
  type ManagedDirectory,
  type ManagedFile,
  type ManagedUnit,
  ROOT,
  type SystemUser,
} from '../engine/state.ts';
import { readBundle } from './bundles.ts';
import { chatmaildServices, type Service } from './chatmaild-services.ts';
import { managedUnit, rootFile, unitFile } from './managed.ts';
import type { RelayPart } from './part.ts';
import {
  CHATMAIL_INI,
  CHATMAILD_DIR,
  FILTER_USER,
  MAIL_DIR,
  MXDELIV_USER,
  MXSEND_USER,
  PROBE,
  PUSH_SPOOL,
  PUSH_USER,
  TURN_SECRET,
  VMAIL_HOME,
  VMAIL_USER,
} from './paths.ts';
import { probeFiles } from './probe.ts';
import { renderTemplate } from './render.ts';

interface ServiceState {
  readonly files: readonly ManagedFile[];
  readonly units: readonly ManagedUnit[];
}

/** The relay's own services, the mail store and the settings they read. */
export const chatmaildPart: RelayPart = (config) => {
  const services = chatmaildServices(config).map(describeService);
  return {
    name: 'chatmaild',
    packages: ['nodejs', 'openssl', 'ca-certificates'],
    users: USERS,
    directories: DIRECTORIES,
    files: [
      rootFile(CHATMAIL_INI, canonicalIni(config)),
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

const describeService = ({ name, bundle, sockets, reloads, view }: Service): ServiceState => {
  const program = `${CHATMAILD_DIR}/${bundle}`;
  const unit = unitFile(
    `${name}.service`,
    renderTemplate('chatmaild/service.hbs', {
      ...view,
      reloads,
      program,
      configFile: CHATMAIL_INI,
      sockets: sockets.map(unitOf).join(' '),
    }),
  );
  const programs: Inputs = { files: [program, unit.path], packages: ['nodejs'] };
  const secrets = view['turnSecret'] ? [TURN_SECRET] : [];
  const all: Inputs = { ...programs, files: [program, CHATMAIL_INI, unit.path, ...secrets] };
  return {
    files: [rootFile(program, readBundle(bundle)), ...sockets, unit],
    units: [
      ...sockets.map((socket) => managedUnit(unitOf(socket), { files: [socket.path] })),
      reloads
        ? managedUnit(unitOf(unit), programs, { files: [CHATMAIL_INI] })
        : managedUnit(unitOf(unit), all),
    ],
  };
};

const unitOf = ({ path }: ManagedFile): string => basename(path);
