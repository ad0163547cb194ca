/**
 * The push service: tells the notification service about tokens in its queue, so that it wakes up the
 * phone. Runs as a user of its own, with the network and without the mail store.
 *
 *     node push.cjs CHATMAIL_INI [--spool DIR]
 */
import { readdir } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { loadConfig } from '../config/load.ts';
import { createNotices } from './accounts/notices.ts';
import { errorCode } from './error-code.ts';
import { openOutbox } from './push/outbox.ts';
import { createPoster } from './push/post.ts';
import { Sender } from './push/sender.ts';
import { isNotificationName, spoolBelow } from './push/spool.ts';
import { watchFolder } from './push/watch-folder.ts';

const main = async (): Promise<void> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { spool: { type: 'string', default: '/var/lib/chatmail-push' } },
  });
  const [configPath] = positionals;
  if (configPath === undefined || positionals.length > 1)
    throw new Error('expected one argument: the path of chatmail.ini');
  const spool = spoolBelow(values.spool);
  const notice = createNotices();
  const failed = (error: unknown) => notice(`push: ${errorCode(error)}`);
  const post = createPoster({ url: loadConfig(configPath).notification_url, log: notice });
  const sender = new Sender({ outbox: openOutbox(spool), post, failed });
  for (const name of await readdir(spool.pending)) sender.resume(name);
  const offer = (name: string) => isNotificationName(name) && sender.offer(name);
  watchFolder(spool.queue, offer, failed);
};

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
