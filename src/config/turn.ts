import { isIP } from 'node:net';
import type { Config } from './schema.ts';

/** Of STUN and TURN over UDP (RFC 8656 section 14.6). */
export const TURN_PORT = 3478;

/** UDP ports that a TURN server relays from, both included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** Below are the ports of services; this many calls are possible at least. */
const LOWEST_PORT = 1024;
const FEWEST_PORTS = 16;

/** Reads `49152-49663`. Undefined when it is no range, too small a one, or has {@link TURN_PORT} in it. */
export const parsePortRange = (text: string): PortRange | undefined => {
  const match = /^(\d{1,5})\s*-\s*(\d{1,5})$/.exec(text.trim());
  if (!match) return undefined;
  const [first, last] = [Number(match[1]), Number(match[2])];
  if (first < LOWEST_PORT || last > 65_535 || portCount({ first, last }) < FEWEST_PORTS)
    return undefined;
  return first <= TURN_PORT && TURN_PORT <= last ? undefined : { first, last };
};

export const portCount = ({ first, last }: PortRange): number => last - first + 1;

/**
 * Whether the relay helps calls through. METADATA names the server as `HOST:PORT:...`, where an IPv6
 * address has no place.
 */
export const offersTurn = ({ turn, mail_domain }: Pick<Config, 'turn' | 'mail_domain'>): boolean =>
  turn && isIP(mail_domain) !== 6;
