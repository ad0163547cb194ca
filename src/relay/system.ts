import type { ForbiddenUnit, ManagedFile } from '../engine/state.ts';
import { rootFile } from './managed.ts';
import type { RelayPart } from './part.ts';
import { RELOAD_AND_SEE } from './paths.ts';
import { renderTemplate } from './render.ts';

const JOURNALD_PATH = '/etc/systemd/journald.conf.d/chatmail.conf';
const SYSCTL_PATH = '/etc/sysctl.d/60-chatmail.conf';

/** What a relay wants of the host around it: a journal that forgets, room for IDLE, reloads that tell. */
export const systemPart: RelayPart = () => ({
  name: 'system',
  files: [
    file(JOURNALD_PATH, 'system/journald.conf'),
    file(SYSCTL_PATH, 'system/sysctl.conf'),
    file(RELOAD_AND_SEE, 'system/reload-and-see.sh', 0o755),
  ],
  refreshes: [
    {
      // The services' log streams outlive it: systemd keeps them (FileDescriptorStoreMax=).
      name: 'journald-restart',
      command: ['systemctl', 'restart', 'systemd-journald.service'],
      inputs: { files: [JOURNALD_PATH], packages: [] },
    },
    {
      // Not sysctl(8): that fails in containers, where most of /proc/sys is read-only.
      name: 'sysctl',
      command: ['/usr/lib/systemd/systemd-sysctl', SYSCTL_PATH],
      inputs: { files: [SYSCTL_PATH], packages: [] },
    },
  ],
  forbidden: [
    ...SYSLOG_DAEMONS.map((name) => ({ name, because: 'it writes the mail log to disk' })),
    { name: 'exim4.service', because: 'the relay has Postfix' },
  ],
});

const SYSLOG_DAEMONS: readonly ForbiddenUnit['name'][] = [
  'rsyslog.service',
  'syslog-ng.service',
  'inetutils-syslogd.service',
  'busybox-syslogd.service',
];

const file = (path: string, template: string, mode?: number): ManagedFile =>
  rootFile(path, renderTemplate(template, {}), mode);
