import { dirname } from 'node:path';
import { managedUnit, rootFile, unitFile } from './managed.ts';
import type { RelayPart } from './part.ts';
import { LOG_FIFO } from './paths.ts';
import { renderTemplate } from './render.ts';

/** Daemons that write to {@link LOG_FIFO} want this unit and start after it. */
export const LOGS_SOCKET = 'chatmail-logs.socket';
/** `maillog_file_prefixes` of Postfix. */
export const LOG_DIRECTORY = `${dirname(LOG_FIFO)}/`;

const LOGS_SERVICE = 'chatmail-logs.service';
const SCRUB_SCRIPT = '/etc/chatmail/scrub.sed';

/**
 * The way of Postfix's, Dovecot's and nginx's logs into the journal: a pipe whose reader takes IP
 * addresses and the local parts of mail addresses out.
 */
export const logsPart: RelayPart = () => {
  const view = { logFifo: LOG_FIFO, scrubScript: SCRUB_SCRIPT };
  const socket = unitFile(LOGS_SOCKET, renderTemplate('logs/chatmail-logs.socket.hbs', view));
  const service = unitFile(LOGS_SERVICE, renderTemplate('logs/chatmail-logs.service.hbs', view));
  const script = rootFile(SCRUB_SCRIPT, renderTemplate('logs/scrub.sed', {}));
  return {
    name: 'logs',
    packages: ['sed', 'coreutils'],
    files: [script, socket, service],
    checks: [
      {
        name: 'sed',
        files: [SCRUB_SCRIPT],
        command: ['sed', '-E', '-f', `{stage}${SCRUB_SCRIPT}`, '/dev/null'],
      },
    ],
    units: [
      managedUnit(LOGS_SOCKET, { files: [socket.path] }),
      managedUnit(LOGS_SERVICE, {
        files: [service.path, SCRUB_SCRIPT],
        packages: ['sed', 'coreutils'],
      }),
    ],
  };
};
