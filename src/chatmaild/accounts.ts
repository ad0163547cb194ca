/**
 * chatmaild's accounts service:
 *
 *     node accounts.cjs CHATMAIL_INI [--auth PORT] [--http PATH] [--dict PATH] [--mail-dir DIR] [--spool DIR]
 *
 * Its sockets, `auth`, `http` and `dict`, come from systemd; the options are for running it without.
 */
import { parseArgs } from 'node:util';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { offersTurn } from '../config/turn.ts';
import { measureCapacity } from './accounts/capacity.ts';
import type { CreationContext } from './accounts/create.ts';
import { createJsonServer } from './accounts/http.ts';
import { lastLoginTable } from './accounts/last-login.ts';
import { createNotices } from './accounts/notices.ts';
import { authRoutes, httpRoutes } from './accounts/routes.ts';
import { openStore } from './accounts/store.ts';
import { createDictServer } from './dict/server.ts';
import { errorCode } from './error-code.ts';
import { listen, stopOnSignal } from './listen.ts';
import { readAppVersions } from './metadata/app-versions.ts';
import { irohEntry } from './metadata/iroh.ts';
import { type ServerEntry, serverEntries } from './metadata/keys.ts';
import { metadataTable } from './metadata/table.ts';
import { openTokenStore } from './metadata/token-store.ts';
import { readTurnSecret, turnEntry } from './metadata/turn.ts';
import { watchArrivals } from './push/arrivals.ts';
import { spoolBelow } from './push/spool.ts';

const NOCREATE_FILE = '/etc/chatmail-nocreate';
const APP_VERSIONS_FILE = '/etc/chatmail/appversions.json';
/** A connection for each IMAP session that asks something, and some for the delivery of mail. */
const OTHER_DICT_CLIENTS = 1000;

const main = async (): Promise<void> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      auth: { type: 'string' },
      http: { type: 'string' },
      dict: { type: 'string' },
      'mail-dir': { type: 'string', default: '/home/vmail/mail' },
      spool: { type: 'string', default: '/var/lib/chatmail-push' },
    },
  });
  const [configPath] = positionals;
  if (configPath === undefined || positionals.length > 1)
    throw new Error('expected one argument: the path of chatmail.ini');
  const config = loadConfig(configPath);
  const mailDir = values['mail-dir'];
  const store = openStore(mailDir, config.mail_domain);
  await store.prepare();
  const measure = () => measureCapacity(mailDir, NOCREATE_FILE);
  const context: CreationContext = { rules: config, store, measure };
  const auth = createJsonServer(authRoutes(context));
  const http = createJsonServer(httpRoutes(context));
  const notice = createNotices();
  const tokens = openTokenStore(mailDir, config.mail_domain);
  const entries = serverEntries({
    irohrelay: irohEntry(config),
    turn: turnCredentials(config),
    appversions: () => readAppVersions(APP_VERSIONS_FILE),
  });
  const dict = createDictServer(
    [
      metadataTable(config.mail_domain, entries, tokens),
      lastLoginTable(mailDir, config.mail_domain),
    ],
    config.max_imap_connections + OTHER_DICT_CLIENTS,
    notice,
  );
  stopOnSignal([auth, http, dict.server], dict.hangUp);
  await listen(auth, 'auth', values.auth === undefined ? undefined : Number(values.auth));
  await listen(http, 'http', values.http);
  await listen(dict.server, 'dict', values.dict);
  await watchArrivals(spoolBelow(values.spool), config.mail_domain, tokens, (error) =>
    notice(`new mail: ${errorCode(error)}`),
  );
};

const turnCredentials = (config: Config): ServerEntry => {
  const secret = offersTurn(config)
    ? readTurnSecret(process.env['CREDENTIALS_DIRECTORY'])
    : undefined;
  return secret === undefined ? () => undefined : turnEntry(config.mail_domain, secret);
};

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
