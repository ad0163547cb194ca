/**
 * chatmaild's accounts service:
 *
 *     node accounts.cjs CHATMAIL_INI [--auth PORT] [--http PATH] [--mail-dir DIR]
 *
 * Its sockets, `auth` and `http`, come from systemd; the options are for running it without.
 */
import { parseArgs } from 'node:util';
import { loadConfig } from '../config/load.ts';
import { measureCapacity } from './accounts/capacity.ts';
import type { CreationContext } from './accounts/create.ts';
import { createJsonServer } from './accounts/http.ts';
import { authRoutes, httpRoutes } from './accounts/routes.ts';
import { openStore } from './accounts/store.ts';
import { listen, stopOnSignal } from './listen.ts';

const NOCREATE_FILE = '/etc/chatmail-nocreate';

const main = async (): Promise<void> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      auth: { type: 'string' },
      http: { type: 'string' },
      'mail-dir': { type: 'string', default: '/home/vmail/mail' },
    },
  });
  const [configPath] = positionals;
  if (configPath === undefined || positionals.length > 1)
    throw new Error('expected one argument: the path of chatmail.ini');
  const rules = loadConfig(configPath);
  const mailDir = values['mail-dir'];
  const store = openStore(mailDir, rules.mail_domain);
  await store.prepare();
  const measure = () => measureCapacity(mailDir, NOCREATE_FILE);
  const context: CreationContext = { rules, store, measure };
  const auth = createJsonServer(authRoutes(context));
  const http = createJsonServer(httpRoutes(context));
  stopOnSignal([auth, http]);
  await listen(auth, 'auth', values.auth === undefined ? undefined : Number(values.auth));
  await listen(http, 'http', values.http);
};

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
