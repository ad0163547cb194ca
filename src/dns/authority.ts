/** Which servers are authoritative for a name: from the resolver's word down along delegations. */
import type { Message, Question, ResourceRecord } from './message.ts';
import type { Reply } from './query.ts';
import { canonicalName } from './records.ts';
import type { Server } from './transport.ts';

export interface NameServer extends Server {
  /** As in the NS record. */
  readonly name: string;
}

export interface Authority {
  /** Apex of the zone that the name lies in; undefined when it could not be found. */
  readonly zone: string | undefined;
  readonly servers: readonly NameServer[];
  /** Name servers for which there is no address. */
  readonly unresolved: readonly string[];
  /** Name servers to which the zone above leads; undefined when it did not say. */
  readonly delegated: readonly string[] | undefined;
}

/** The two kinds of questions that finding out takes. */
export interface AuthorityEdges {
  readonly askResolver: (question: Question) => Promise<Reply>;
  readonly askServer: (server: Server, question: Question) => Promise<Reply>;
  /** 53, but in tests. */
  readonly port: number;
}

/** More than any zone needs; a hostile one is cut off here. */
const MAX_SERVERS = 16;
const MAX_ADDRESSES = 4;
const MAX_DELEGATIONS = 8;

interface Cut {
  readonly zone: string;
  readonly names: readonly string[];
  /** Addresses that came along with a delegation. */
  readonly glue: readonly ResourceRecord[];
}

/**
 * Asks the resolver for the NS records of the name and of all names above it, then the servers of
 * the lowest zone whether they delegate further: a resolver fails, or remembers, where they tell. Also
 * counted are servers to which only the zone above leads: resolvers go where it sends them.
 */
export const findAuthority = async (domain: string, edges: AuthorityEdges): Promise<Authority> => {
  const [start, above] = await knownCuts(domain, edges);
  if (start === undefined)
    return { zone: undefined, servers: [], unresolved: [], delegated: undefined };
  const fromAbove = above === undefined ? undefined : referralFrom(start.zone, above, edges);
  let cut = start;
  let found = await resolveServers(cut, edges);
  for (let depth = 0; depth < MAX_DELEGATIONS && cut.zone !== domain; depth += 1) {
    const lower = await delegation(domain, cut, found.servers, edges);
    if (lower === undefined) break;
    cut = lower;
    found = await resolveServers(cut, edges);
  }
  if (cut !== start) return { zone: cut.zone, ...found, delegated: cut.names };
  const parent = await fromAbove;
  if (parent === undefined) return { zone: cut.zone, ...found, delegated: undefined };
  const others = parent.names.filter((name) => !cut.names.includes(name));
  const more = await resolveServers({ ...parent, names: others }, edges);
  return {
    zone: cut.zone,
    servers: [...found.servers, ...more.servers],
    unresolved: [...found.unresolved, ...more.unresolved],
    delegated: parent.names,
  };
};

/** Enough to hear where the zone above leads. */
const SERVERS_ABOVE = 2;

const referralFrom = async (
  zone: string,
  above: Cut,
  edges: AuthorityEdges,
): Promise<Cut | undefined> => {
  const names = above.names.slice(0, SERVERS_ABOVE);
  const { servers } = await resolveServers({ ...above, names }, edges);
  return delegation(zone, above, servers.slice(0, SERVERS_ABOVE), edges);
};

const ancestors = (domain: string): string[] => {
  const labels = domain.split('.');
  return labels.map((_, index) => labels.slice(index).join('.'));
};

/** The zones on the way to the name of which the resolver knows, the lowest first. */
const knownCuts = async (domain: string, edges: AuthorityEdges): Promise<Cut[]> => {
  const cuts = await Promise.all(
    ancestors(domain).map(async (name) => {
      const reply = await edges.askResolver({ name, type: 'NS' });
      const names = reply.kind === 'message' ? targetsAt(reply.message.answers, name) : [];
      return names.length === 0 ? [] : [{ zone: name, names, glue: [] }];
    }),
  );
  return cuts.flat();
};

const targetsAt = (records: readonly ResourceRecord[], owner: string): string[] => {
  const targets = records.flatMap(({ name, data }) =>
    data.type === 'NS' && name === owner ? [data.target] : [],
  );
  return [...new Set(targets)].sort().slice(0, MAX_SERVERS);
};

/** The zone between `cut` and the name, if a server of `cut` delegates one. */
const delegation = async (
  domain: string,
  cut: Cut,
  servers: readonly NameServer[],
  edges: AuthorityEdges,
): Promise<Cut | undefined> => {
  const replies = await Promise.all(
    servers.map((server) => edges.askServer(server, { name: domain, type: 'NS' })),
  );
  const referrals = replies.map((reply) =>
    reply.kind === 'message' ? referral(reply.message, domain, cut.zone) : undefined,
  );
  return referrals.find((lower) => lower !== undefined);
};

const referral = (message: Message, domain: string, zone: string): Cut | undefined => {
  if (message.rcode !== 'NOERROR' || message.authoritative) return undefined;
  const owner = message.authorities.find(
    ({ name, data }) => data.type === 'NS' && name !== zone && isWithin(domain, name),
  )?.name;
  if (owner === undefined || !isWithin(owner, zone)) return undefined;
  return { zone: owner, names: targetsAt(message.authorities, owner), glue: message.additionals };
};

/** Whether `name` is `zone` or lies below it. */
export const isWithin = (name: string, zone: string): boolean =>
  zone === '' || name === zone || name.endsWith(`.${zone}`);

const resolveServers = async (
  { names, glue }: Cut,
  edges: AuthorityEdges,
): Promise<Pick<Authority, 'servers' | 'unresolved'>> => {
  const resolved = await Promise.all(
    names.map(async (name) => ({ name, addresses: await addressesOf(name, glue, edges) })),
  );
  return {
    servers: resolved.flatMap(({ name, addresses }) =>
      addresses.map((address) => ({ name, address, port: edges.port })),
    ),
    unresolved: resolved.flatMap(({ name, addresses }) => (addresses.length === 0 ? [name] : [])),
  };
};

const addressesOf = async (
  name: string,
  glue: readonly ResourceRecord[],
  edges: AuthorityEdges,
): Promise<string[]> => {
  const fromGlue = addressesIn(glue.filter((record) => record.name === canonicalName(name)));
  if (fromGlue.length > 0) return fromGlue.slice(0, MAX_ADDRESSES);
  const replies = await Promise.all(
    (['A', 'AAAA'] as const).map((type) => edges.askResolver({ name, type })),
  );
  return replies
    .flatMap((reply) => (reply.kind === 'message' ? addressesIn(reply.message.answers) : []))
    .slice(0, MAX_ADDRESSES);
};

export const addressesIn = (records: readonly ResourceRecord[]): string[] =>
  records.flatMap(({ data }) => (data.type === 'A' || data.type === 'AAAA' ? [data.address] : []));
