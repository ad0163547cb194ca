import type { ManagedFile } from '../engine/state.ts';
import { managedUnit, rootFile } from './managed.ts';
import type { RelayPart } from './part.ts';
import { renderTemplate } from './render.ts';

/** After `50unattended-upgrades` of the package, before whatever an operator adds. */
const APT_CONF = '/etc/apt/apt.conf.d/60chatmail';
const NEEDRESTART_CONF = '/etc/needrestart/conf.d/chatmail.conf';

/** They look for updates and install them, at a time of their own on each host. */
const TIMERS = ['apt-daily.timer', 'apt-daily-upgrade.timer'] as const;

/** Security updates by Debian's own means, with restarts of the services that need them. */
export const updatesPart: RelayPart = () => ({
  name: 'updates',
  packages: ['unattended-upgrades', 'needrestart'],
  files: [file(APT_CONF, 'updates/apt.conf'), file(NEEDRESTART_CONF, 'updates/needrestart.conf')],
  checks: [
    {
      name: 'apt-config',
      files: [APT_CONF],
      command: ['apt-config', '-c', `{stage}${APT_CONF}`, 'dump'],
    },
    {
      name: 'perl',
      files: [NEEDRESTART_CONF],
      command: ['perl', '-c', `{stage}${NEEDRESTART_CONF}`],
    },
  ],
  units: TIMERS.map((timer) => managedUnit(timer, {})),
});

const file = (path: string, template: string): ManagedFile =>
  rootFile(path, renderTemplate(template, {}));
