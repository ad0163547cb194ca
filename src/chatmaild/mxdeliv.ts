/**
 * Takes mail from other relays over HTTPS and hands it to Postfix, which checks it as on port 25:
 *
 *     node mxdeliv.cjs CHATMAIL_INI [--http PATH] [--smtp PORT]
 *
 * Its socket, `http`, comes from systemd; `--http` is for running it without.
 */
import { parseArgs } from 'node:util';
import { loadConfig } from '../config/load.ts';
import { createNotices } from './accounts/notices.ts';
import { errorCode } from './error-code.ts';
import { listen, stopOnSignal } from './listen.ts';
import { handOver } from './mxdeliv/hand-over.ts';
import { createMxdelivServer } from './mxdeliv/server.ts';

const main = async (): Promise<void> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { http: { type: 'string' }, smtp: { type: 'string', default: '8183' } },
  });
  const [configPath] = positionals;
  if (configPath === undefined || positionals.length > 1)
    throw new Error('expected one argument: the path of chatmail.ini');
  const { max_smtp_connections } = loadConfig(configPath);
  const notice = createNotices();
  const server = createMxdelivServer(
    (envelope, body) => handOver(Number(values.smtp), envelope, body),
    max_smtp_connections,
    (error) => notice(`mail over HTTPS: ${errorCode(error)}`),
  );
  stopOnSignal([server]);
  await listen(server, 'http', values.http);
};

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
