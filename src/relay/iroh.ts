import { type FollowUp, type ManagedFile, type Part, ROOT } from '../engine/state.ts';
import { managedUnit, rootFile, unitPath } from './managed.ts';
import type { RelayPart } from './part.ts';
import { CHATMAILD_DIR, IROH_ADDRESS } from './paths.ts';
import { renderTemplate, type View } from './render.ts';

const NAME = 'chatmail-iroh-relay';
const CONFIG_PATH = '/etc/chatmail/iroh-relay.toml';
/** From where each architecture gets the program, and its hash. */
const SOURCES_PATH = '/etc/chatmail/iroh-relay.sources';
const INSTALL_PATH = `${CHATMAILD_DIR}/install-iroh-relay`;
const SERVICE_PATH = unitPath(`${NAME}.service`);
const PATH_PATH = unitPath(`${NAME}.path`);
/** The one thing on a relay that is not Debian's: the host downloads it, see {@link INSTALL_PATH}. */
const FOLDER = '/usr/local/lib/chatmail-iroh';
const PROGRAM = `${FOLDER}/iroh-relay`;
const ARCHIVE_HASH = `${FOLDER}/archive.sha256`;
const NOTICE = `${FOLDER}/notice`;

const VERSION = '0.35.0';
const release = (target: string): string =>
  `https://github.com/n0-computer/iroh/releases/download/v${VERSION}/iroh-relay-v${VERSION}-${target}.tar.gz`;

/** By Debian's name of the architecture. */
const SOURCES: readonly View[] = [
  {
    architecture: 'amd64',
    url: release('x86_64-unknown-linux-musl'),
    sha256: '45c81199dbd70f8c4c30fef7f3b9727ca6e3cea8f2831333eeaf8aa71bf0fac1',
  },
  {
    architecture: 'arm64',
    url: release('aarch64-unknown-linux-musl'),
    sha256: 'f8ef27631fac213b3ef668d02acd5b3e215292746a3fc71d90c63115446008b1',
  },
];

/** A relay for realtime connections between clients, when the operator wants one here. */
export const irohPart: RelayPart = (config) => (config.iroh_relay === 'local' ? LOCAL : NONE);

const textFile = (path: string, template: string, view: View, mode?: number): ManagedFile =>
  rootFile(path, renderTemplate(`iroh/${template}`, view), mode);

const FILES: readonly ManagedFile[] = [
  textFile(CONFIG_PATH, 'iroh-relay.toml.hbs', { address: IROH_ADDRESS }),
  textFile(SOURCES_PATH, 'sources.hbs', { sources: SOURCES }),
  textFile(
    INSTALL_PATH,
    'install.sh.hbs',
    {
      sources: SOURCES_PATH,
      folder: FOLDER,
      program: PROGRAM,
      archiveHash: ARCHIVE_HASH,
      notice: NOTICE,
      service: `${NAME}.service`,
      address: IROH_ADDRESS,
    },
    0o755,
  ),
  textFile(SERVICE_PATH, 'service.hbs', { program: PROGRAM, config: CONFIG_PATH }),
  textFile(PATH_PATH, 'path.hbs', { program: PROGRAM }),
];

/** Starts the service as soon as there is a program. */
const PATH_UNIT = managedUnit(`${NAME}.path`, { files: [PATH_PATH] });

const INSTALL: FollowUp = {
  name: NAME,
  command: [INSTALL_PATH],
  inputs: { files: [CONFIG_PATH, SOURCES_PATH, INSTALL_PATH, SERVICE_PATH], packages: [] },
  notice: NOTICE,
};

const LOCAL: Part = {
  name: 'iroh',
  packages: ['ca-certificates', 'curl'],
  directories: [{ path: FOLDER, owner: ROOT, mode: 0o755 }],
  files: FILES,
  units: [PATH_UNIT],
  followUps: [INSTALL],
};

const BECAUSE = 'chatmail.ini does not want an iroh relay here';
const NONE: Part = {
  name: 'iroh',
  absent: [...FILES.map(({ path }) => path), PROGRAM, ARCHIVE_HASH, NOTICE],
  retired: [`${NAME}.path`, `${NAME}.service`].map((name) => ({ name, because: BECAUSE })),
};
