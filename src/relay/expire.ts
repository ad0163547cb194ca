import type { ManagedFile, ManagedUnit, Part } from '../engine/state.ts';
import { ROOT } from '../engine/state.ts';
import { readBundle } from './bundles.ts';
import type { RelayPart } from './part.ts';
import {
  CHATMAIL_INI,
  CHATMAILD_DIR,
  DELETION_TIMER,
  MAIL_DIR,
  QUOTA_SOCKET,
  VMAIL_USER,
} from './paths.ts';
import { renderTemplate, type View } from './render.ts';

const PROGRAM = `${CHATMAILD_DIR}/expire.cjs`;

/**
 * Deletion: a timer for the whole mail store, and a socket at which Dovecot tells of a mailbox that
 * is nearly full, which is then cleaned up at once. Neither stays in memory.
 */
export const expirePart: RelayPart = (): Part => ({
  name: 'expire',
  packages: ['nodejs'],
  files: [
    { path: PROGRAM, content: readBundle('expire.cjs'), owner: ROOT, mode: 0o644 },
    unitFile('chatmail-expire.service', 'service.hbs', serviceView(false)),
    unitFile(DELETION_TIMER, DELETION_TIMER, {}),
    unitFile('chatmail-quota@.service', 'service.hbs', serviceView(true)),
    unitFile('chatmail-quota.socket', 'chatmail-quota.socket.hbs', {
      socket: QUOTA_SOCKET,
      user: VMAIL_USER,
    }),
  ],
  units: ['chatmail-quota.socket', DELETION_TIMER].map(managedUnit),
});

const serviceView = (quotaSocket: boolean): View => ({
  quotaSocket,
  program: PROGRAM,
  config: CHATMAIL_INI,
  connected: '/run/chatmail-expire/connected',
  user: VMAIL_USER,
  mailDir: MAIL_DIR,
});

const unitPath = (name: string): string => `/etc/systemd/system/${name}`;

const unitFile = (name: string, template: string, view: View): ManagedFile => ({
  path: unitPath(name),
  content: renderTemplate(`expire/${template}`, view),
  owner: ROOT,
  mode: 0o644,
});

const managedUnit = (name: string): ManagedUnit => ({
  name,
  restartOn: { files: [unitPath(name)], packages: [] },
  reloadOn: { files: [], packages: [] },
});
