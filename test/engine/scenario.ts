/** A small host and a small desired state that the planning tests vary. */

import { combine } from '../../src/engine/combine.ts';
import type { Facts } from '../../src/engine/facts.ts';
import { sha256 } from '../../src/engine/planning/sha256.ts';
import { type DesiredState, type Part, ROOT } from '../../src/engine/state.ts';

export const CONF = '/etc/demo/demo.conf';
export const UNIT_FILE = '/etc/systemd/system/demo.service';
export const KEY = '/etc/demo/key';

export const demoPart: Part = {
  name: 'demo',
  packages: ['demo', 'openssl'],
  users: [{ name: 'demo', home: '/var/lib/demo', groups: ['ssl-cert'] }],
  directories: [{ path: '/var/lib/demo', owner: { user: 'demo', group: 'demo' }, mode: 0o750 }],
  files: [
    { path: CONF, content: 'hello\n', owner: ROOT, mode: 0o644 },
    { path: UNIT_FILE, content: '[Service]\n', owner: ROOT, mode: 0o644 },
  ],
  generated: [
    {
      name: 'key',
      paths: [KEY],
      commands: [['openssl', 'genrsa', '-out', KEY]],
      owner: ROOT,
      mode: 0o600,
    },
  ],
  absent: ['/etc/demo/old.conf'],
  checks: [{ name: 'demo -t', files: [CONF], command: ['demo', '-t', `{stage}${CONF}`] }],
  units: [
    {
      name: 'demo.service',
      restartOn: { files: [UNIT_FILE], packages: ['demo'] },
      reloadOn: { files: [CONF, KEY], packages: [] },
    },
  ],
  forbidden: [{ name: 'rival.service', because: 'it takes the same port' }],
};

/** Of every script that the tests make. */
export const compileOptions = {
  runId: '20260101T000000000Z',
  info: { who: 'alice@laptop', version: '1.2.3', summary: [] },
  witnessed: false,
} as const;

export const demoState: DesiredState = combine([demoPart]);

/** A host with nothing of ours on it. */
export const bareFacts: Facts = {
  system: {
    id: 'debian',
    version: '13',
    prettyName: 'Debian GNU/Linux 13 (trixie)',
    architecture: 'amd64',
    systemd: true,
    uid: 0,
  },
  packages: {},
  files: {},
  users: {},
  units: {},
  stamps: {},
  listeners: [],
  preconditions: {},
  machine: {
    deployed: false,
    clockSynchronised: true,
    memory: { totalKib: 2_000_000, availableKib: 1_500_000 },
    disks: [{ mount: '/', freeKib: 10_000_000, freeInodes: 500_000 }],
    addresses: ['9.9.9.9'],
    routes: [4],
    reachedAt: ['9.9.9.9'],
    ownNameResolves: false,
    nameservers: [{ address: '9.9.9.10', answers: true }],
    outbound: [],
    rebootRequired: false,
    kernel: '6.12.1-amd64',
    kernels: ['6.12.1-amd64'],
  },
  records: { broken: false },
};

const rootFile = (content: string, mode: number) =>
  ({ type: 'file', user: 'root', group: 'root', mode, sha256: sha256(content) }) as const;

/** The same host, deployed and running. */
export const deployedFacts: Facts = {
  ...bareFacts,
  machine: { ...bareFacts.machine, deployed: true },
  packages: { demo: '1.0', openssl: '3.5' },
  users: { demo: { home: '/var/lib/demo', groups: ['demo', 'ssl-cert'] } },
  files: {
    '/var/lib/demo': { type: 'directory', user: 'demo', group: 'demo', mode: 0o750 },
    [CONF]: rootFile('hello\n', 0o644),
    [UNIT_FILE]: rootFile('[Service]\n', 0o644),
    [KEY]: rootFile('secret', 0o600),
  },
  units: {
    'demo.service': { load: 'loaded', active: 'active', file: 'enabled', needsDaemonReload: false },
  },
  stamps: {
    'demo.service': {
      [UNIT_FILE]: sha256('[Service]\n'),
      [CONF]: sha256('hello\n'),
      [KEY]: sha256('secret'),
      demo: '1.0',
    },
  },
};
