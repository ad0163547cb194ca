import { getServers } from 'node:dns';
import { isIP } from 'node:net';
import { labResolverFor } from '../lab/lookup.ts';
import type { Server } from './transport.ts';

export const DNS_PORT = 53;

/** An address, with `:PORT` or `#PORT` behind it if need be. @returns undefined when it is none */
export const parseServer = (text: string): Server | undefined => {
  if (isIP(text) !== 0) return { address: text, port: DNS_PORT };
  const [, bracketed, plain, digits] = /^(?:\[(.+)\]|(.+))[:#](\d{1,5})$/.exec(text) ?? [];
  const address = bracketed ?? plain ?? '';
  const port = Number(digits);
  return isIP(address) !== 0 && port > 0 && port <= 65_535 ? { address, port } : undefined;
};

export interface Resolvers {
  readonly resolvers: readonly Server[];
  readonly publicResolvers: readonly Server[];
}

/** Quad9 and Cloudflare. */
const PUBLIC_RESOLVERS = ['9.9.9.9', '1.1.1.1'].map((address) => ({ address, port: DNS_PORT }));

/**
 * Whom to ask about a domain. Names of the lab exist nowhere else (RFC 6761 section 6.2), so that
 * nobody outside is asked for them.
 *
 * @param chosen the operator's own choice
 */
export const resolversFor = (domain: string, chosen: Server | undefined): Resolvers => {
  const lab = domain.endsWith('.test') ? labResolverFor(domain) : undefined;
  const isLab = lab !== undefined;
  const own = isLab
    ? [{ address: lab, port: DNS_PORT }]
    : getServers().flatMap((text) => parseServer(text) ?? []);
  return {
    resolvers: chosen === undefined ? own : [chosen],
    publicResolvers: isLab || chosen !== undefined ? [] : PUBLIC_RESOLVERS,
  };
};
