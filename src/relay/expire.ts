import type { ManagedFile, Part } from '../engine/state.ts';
import { readBundle } from './bundles.ts';
import { managedUnit, rootFile, unitFile, unitPath } from './managed.ts';
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
    rootFile(PROGRAM, readBundle('expire.cjs')),
    textUnit('chatmail-expire.service', 'service.hbs', serviceView(false)),
    textUnit(DELETION_TIMER, DELETION_TIMER, {}),
    textUnit('chatmail-quota@.service', 'service.hbs', serviceView(true)),
    textUnit('chatmail-quota.socket', 'chatmail-quota.socket.hbs', {
      socket: QUOTA_SOCKET,
      user: VMAIL_USER,
    }),
  ],
  units: ['chatmail-quota.socket', DELETION_TIMER].map((name) =>
    managedUnit(name, { files: [unitPath(name)] }),
  ),
});

const serviceView = (quotaSocket: boolean): View => ({
  quotaSocket,
  program: PROGRAM,
  config: CHATMAIL_INI,
  connected: '/run/chatmail-expire/connected',
  user: VMAIL_USER,
  mailDir: MAIL_DIR,
});

const textUnit = (name: string, template: string, view: View): ManagedFile =>
  unitFile(name, renderTemplate(`expire/${template}`, view));
