/**
 * The filter: Postfix asks it, as a milter, whether to take a message. Runs as a user of its own,
 * keeps nothing, and needs memory for the headers of the messages under way only.
 */
import { loadConfig } from '../config/load.ts';
import { accountsClient } from './filter/accounts-client.ts';
import { parseFilterArguments } from './filter/arguments.ts';
import { cachedLookup, resolverLookup } from './filter/dns.ts';
import { IncomingFilter } from './filter/incoming.ts';
import { OutgoingFilter } from './filter/outgoing.ts';
import { type SendRate, SendRates } from './filter/send-rate.ts';
import { listen } from './listen.ts';
import { MilterServer } from './milter/server.ts';

/** All that it takes from chatmail.ini; SIGHUP reads it again, and connections stay. */
const sendRate = (path: string): SendRate => {
  const config = loadConfig(path);
  return { perMinute: config.max_user_send_per_minute, burst: config.max_user_send_burst_size };
};

/** Time that messages under way get to finish when the service is stopped. */
const GRACE_MS = 20_000;

const log = (line: string): void => void process.stdout.write(`${line}\n`);
const monotonic = (): number => performance.now();

/** A file that cannot be read changes nothing. */
const reload = (rates: SendRates, path: string): void => {
  try {
    rates.limitTo(sendRate(path));
    log('configuration loaded again');
  } catch (error) {
    log(`the configuration stays as it was: ${String(error)}`);
  }
};

const main = async (): Promise<void> => {
  const options = parseFilterArguments(process.argv.slice(2));
  const rates = new SendRates(sendRate(options.config));
  process.on('SIGHUP', () => reload(rates, options.config));

  const outgoing = { rates, now: monotonic, log };
  const incoming = {
    lookup: cachedLookup(resolverLookup(), monotonic),
    askCleartext: accountsClient(options.accounts),
    now: () => Date.now() / 1000,
    log,
  };
  const milters = {
    incoming: new MilterServer(() => new IncomingFilter(incoming), log),
    outgoing: new MilterServer(() => new OutgoingFilter(outgoing), log),
  };

  const stop = async (): Promise<void> => {
    await Promise.all(Object.values(milters).map((milter) => milter.close(GRACE_MS)));
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop());
  await listen(milters.incoming.server, 'incoming', options.incoming);
  await listen(milters.outgoing.server, 'outgoing', options.outgoing);
  log('ready');
};

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
