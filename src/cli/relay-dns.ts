/** What commands about DNS share: the relay's facts, as far as they can be had. */
import { isIP } from 'node:net';
import { type Command, InvalidArgumentError } from 'commander';
import type { Config } from '../config/schema.ts';
import { addressesIn } from '../dns/authority.ts';
import { checkZone } from '../dns/check.ts';
import { type HostDns, readHostDns } from '../dns/host.ts';
import { createAsk } from '../dns/query.ts';
import { hasZone, relayFacts } from '../dns/relay-facts.ts';
import type { RelayFacts } from '../dns/relay-records.ts';
import { parseServer, type Resolvers, resolversFor } from '../dns/resolvers.ts';
import type { Server } from '../dns/transport.ts';
import { DNS_LATE, NO_ZONE, summariseDns } from '../health/dns.ts';
import type { DnsFact } from '../health/facts.ts';
import { ConnectError } from '../host/errors.ts';
import type { Host } from '../host/host.ts';
import { labHostFor } from '../lab/lookup.ts';
import { type ConnectionOptions, connectionOptions, connectTo } from './connection.ts';

export interface RelayOptions extends ConnectionOptions {
  readonly config: string;
  readonly host?: string;
  readonly resolver?: Server;
}

export const parseServerOption = (text: string): Server => {
  const server = parseServer(text);
  if (server !== undefined) return server;
  throw new InvalidArgumentError('It must be an IP address, with :PORT behind it if need be.');
};

export const relayOptions = (command: Command): Command =>
  connectionOptions(
    command
      .option('--config <file>', 'configuration of the relay', 'chatmail.ini')
      .option('--host <host>', 'name or address of the host, or localhost; default: the domain')
      .option(
        '--resolver <address>',
        'DNS resolver to ask (default: those of this machine)',
        parseServerOption,
      ),
  );

export interface GatheredFacts {
  readonly facts: RelayFacts;
  readonly resolvers: Resolvers;
  /** Things that the operator should know about them. */
  readonly notes: readonly string[];
}

/** Asks the host; works without it, for what is known then. */
export const gatherFacts = async (
  config: Config,
  options: RelayOptions,
): Promise<GatheredFacts> => {
  const domain = config.mail_domain;
  const name = options.host ?? domain;
  const resolvers = resolversFor(domain, options.resolver);
  const [host, reached] = await Promise.all([
    askHost(name, options),
    addressesOfHost(name, domain, resolvers),
  ]);
  const facts = relayFacts(config, host.dns, reached);
  const noKey =
    host.dns !== undefined && host.dns.dkim === undefined
      ? [`${name} has no DKIM key yet; its record is known after the first "cmdeploy run".`]
      : [];
  return { facts, resolvers, notes: [...host.notes, ...noKey] };
};

/** For a look at everything, which is to be short: other people's resolvers are not asked. */
const GLANCE_MS = 1500;

/** What DNS says of a relay whose host is connected already. */
export const glanceAtDns = async (
  host: Host,
  config: Config,
  chosen: Server | undefined,
): Promise<DnsFact> => {
  if (!hasZone(config)) return NO_ZONE;
  const started = Date.now();
  const domain = config.mail_domain;
  const resolvers = { ...resolversFor(domain, chosen), publicResolvers: [] };
  const [asked, reached] = await Promise.all([
    readHostDns(host),
    addressesOfHost(host.name, domain, resolvers),
  ]);
  const deadlineMs = Math.max(GLANCE_MS / 2, GLANCE_MS - (Date.now() - started));
  const begun = Date.now();
  const report = await checkZone(relayFacts(config, asked, reached), { ...resolvers, deadlineMs });
  // Whoever was cut off by the deadline is not silent for that.
  return Date.now() - begun >= deadlineMs ? DNS_LATE : summariseDns(report);
};

interface AskedHost {
  readonly dns: HostDns | undefined;
  readonly notes: readonly string[];
}

const askHost = async (name: string, options: RelayOptions): Promise<AskedHost> => {
  let host: Host | undefined;
  try {
    host = await connectTo(name, options);
    return { dns: await readHostDns(host), notes: [] };
  } catch (error) {
    // Before the first deployment there may be no host at all.
    if (!(error instanceof ConnectError)) throw error;
    const note = `The host was not asked, so that its DKIM key is not known: ${error.message}`;
    return { dns: undefined, notes: [note] };
  } finally {
    await host?.close();
  }
};

const isLoopback = (name: string): boolean => name === '::1' || /^127\.\d+\.\d+\.\d+$/.test(name);

const RESOLVE_MS = 8000;

/** Where the operator's name for the host leads to; the domain itself is what is to be checked. */
const addressesOfHost = async (
  name: string,
  domain: string,
  { resolvers }: Resolvers,
): Promise<string[]> => {
  const lab = labHostFor(name);
  if (lab !== undefined) return [lab.address];
  // A forwarded port says nothing about where the host is.
  if (name === 'localhost' || isLoopback(name)) return [];
  if (isIP(name) !== 0) return [name];
  const [resolver] = resolvers;
  if (name === domain || resolver === undefined) return [];
  const ask = createAsk(AbortSignal.timeout(RESOLVE_MS));
  const replies = await Promise.all(
    (['A', 'AAAA'] as const).map((type) => ask(resolver, { name, type }, { recursive: true })),
  );
  return replies.flatMap((reply) =>
    reply.kind === 'message' ? addressesIn(reply.message.answers) : [],
  );
};
