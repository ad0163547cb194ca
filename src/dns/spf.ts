import { BlockList, isIP } from 'node:net';

/** What is known of the sender that an SPF record is asked about. */
export interface SpfSender {
  readonly domain: string;
  /** All its addresses; they are what `a` and `mx` of its domain stand for. */
  readonly addresses: readonly string[];
}

/** `unknown`: a part of the record would have to be looked up first. */
export type SpfVerdict = 'permitted' | 'not permitted' | 'unknown' | 'invalid';

export const isSpf = (text: string): boolean => /^v=spf1( |$)/i.test(text);

/** Whether a record permits the sender from each of its addresses (RFC 7208 sections 4.6 and 5). */
export const spfVerdict = (text: string, sender: SpfSender): SpfVerdict => {
  const terms = text.trim().split(/ +/).slice(1);
  if (!terms.every(isTerm)) return 'invalid';
  const verdicts = sender.addresses.map((address) => verdictFor(address, terms, sender.domain));
  return (
    (['not permitted', 'unknown'] as const).find((verdict) => verdicts.includes(verdict)) ??
    'permitted'
  );
};

const TERM = /^([+?~-]?)(all|a|mx|ptr|ip4|ip6|exists|include)([:/].*)?$/i;

const isTerm = (term: string): boolean => TERM.test(term) || /^[a-z][\w.-]*=/i.test(term);

const verdictFor = (address: string, terms: readonly string[], domain: string): SpfVerdict => {
  for (const term of terms) {
    const [, qualifier = '', mechanism = '', rest = ''] = TERM.exec(term) ?? [];
    const matched = matches(mechanism.toLowerCase(), rest, address, domain);
    if (matched === undefined) return 'unknown';
    if (matched) return qualifier === '' || qualifier === '+' ? 'permitted' : 'not permitted';
  }
  // Without a match a redirect decides, else nothing is said of the sender (RFC 7208 section 4.7).
  return terms.some((term) => /^redirect=/i.test(term)) ? 'unknown' : 'not permitted';
};

/** Whether a mechanism matches; undefined when that cannot be told without looking things up. */
const matches = (
  mechanism: string,
  rest: string,
  address: string,
  domain: string,
): boolean | undefined => {
  switch (mechanism) {
    case '':
      return false;
    case 'all':
      return true;
    case 'a':
    case 'mx': {
      const [, name = domain] = /^:([^/]+)/.exec(rest) ?? [];
      return name.toLowerCase().replace(/\.$/, '') === domain ? true : undefined;
    }
    case 'ip4':
    case 'ip6':
      return contains(rest.slice(1), address);
    default:
      return undefined;
  }
};

const contains = (network: string, address: string): boolean => {
  const [base = '', length] = network.split('/');
  const family = isIP(base);
  if (family === 0 || family !== isIP(address)) return false;
  const bits = length === undefined ? (family === 4 ? 32 : 128) : Number(length);
  if (!Number.isInteger(bits) || bits < 0 || bits > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  const type = family === 4 ? 'ipv4' : 'ipv6';
  list.addSubnet(base, bits, type);
  return list.check(address, type);
};
