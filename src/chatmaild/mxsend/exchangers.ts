/** Where the mail of a domain goes (RFC 5321 section 5.1), and addresses of those hosts. */
import { Resolver } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { errorCode } from '../error-code.ts';

const QUERY_TIMEOUT_MS = 2000;
const TRIES = 2;
/** A domain may name many; those after the first ones are hardly ever of use. */
const MAX_HOSTS = 3;
const NOT_THERE = ['ENODATA', 'ENOTFOUND'];

export interface Exchanger {
  /** Name or IP address. */
  readonly host: string;
  /** Whether its certificate must be good for `host`. */
  readonly verified: boolean;
}

/**
 * The hosts to try, best first. None where the domain takes no mail (RFC 7505).
 * @throws when the DNS does not tell
 */
export const findExchangers = async (domain: string): Promise<Exchanger[]> => {
  const literal = /^\[(?:ipv6:)?([0-9a-f.:]+)\]$/i.exec(domain)?.[1];
  if (literal !== undefined)
    return isIP(literal) && !isOwn(literal) ? [{ host: literal, verified: false }] : [];
  // Nobody vouches for these domains: being encrypted is enough, as on port 25.
  const verified = !domain.startsWith('_');
  return (await exchangeNames(domain)).map((host) => ({ host, verified }));
};

const exchangeNames = async (domain: string): Promise<string[]> => {
  try {
    const records = await newResolver().resolveMx(domain);
    const sorted = records.sort((a, b) => a.priority - b.priority);
    return (
      sorted
        .map(({ exchange }) => exchange)
        // RFC 5321 section 5.1: a name, never an address.
        .filter((name) => name !== '' && isIP(name) === 0)
        .slice(0, MAX_HOSTS)
    );
  } catch (error) {
    if (errorCode(error) === 'ENODATA') return [domain];
    throw error;
  }
};

/** Asks the resolvers of /etc/resolv.conf as it is now. */
const newResolver = (): Resolver => new Resolver({ timeout: QUERY_TIMEOUT_MS, tries: TRIES });

/**
 * For `net.connect`: the DNS without the system's own resolver, whose four threads would be held up
 * by a few slow name servers. Names of strangers do not lead to the host itself.
 */
export const lookUp: LookupFunction = (host, _options, callback) => {
  const resolver = newResolver();
  Promise.all([addresses(resolver.resolve4(host), 4), addresses(resolver.resolve6(host), 6)])
    .then((families) => families.flat().filter(({ address }) => !isOwn(address)))
    .then((found) => {
      if (found.length > 0) callback(null, found);
      else callback(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), []);
    })
    .catch((error: NodeJS.ErrnoException) => callback(error, []));
};

interface FamilyAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

const addresses = async (answer: Promise<string[]>, family: 4 | 6): Promise<FamilyAddress[]> => {
  try {
    return (await answer).map((address) => ({ address, family }));
  } catch (error) {
    if (NOT_THERE.includes(errorCode(error)) || family === 6) return [];
    throw error;
  }
};

/** Loopback, unspecified and link-local addresses, as IPv4 in IPv6 too. */
const isOwn = (address: string): boolean =>
  /^(::ffff:)?(127\.|0\.|169\.254\.)/i.test(address) || /^(::1?$|fe[89ab])/i.test(address);
