/**
 * Brings mail to other relays over HTTPS, for Postfix, which tries this before port 25:
 *
 *     node mxsend.cjs CHATMAIL_INI [--smtp PORT]
 *
 * Its socket, `smtp`, comes from systemd; the option is for running it without.
 */
import { createServer } from 'node:net';
import { parseArgs } from 'node:util';
import { createNotices } from './accounts/notices.ts';
import { errorCode } from './error-code.ts';
import { listen, stopOnSignal } from './listen.ts';
import { createCourier } from './mxsend/courier.ts';
import { serveSmtp } from './mxsend/session.ts';

/** Postfix has fewer smtp(8) processes, each with one connection in use and a few cached. */
const MAX_CONNECTIONS = 1000;
const HTTPS_PORT = 443;

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    allowPositionals: true,
    options: { smtp: { type: 'string' } },
  });
  const notice = createNotices();
  const findRoute = createCourier({ port: HTTPS_PORT });
  const server = createServer((socket) => {
    serveSmtp(socket, findRoute).catch((error: unknown) =>
      notice(`connection of Postfix: ${errorCode(error)}`),
    );
  });
  server.maxConnections = MAX_CONNECTIONS;
  stopOnSignal([server]);
  await listen(server, 'smtp', values.smtp === undefined ? undefined : Number(values.smtp));
};

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
