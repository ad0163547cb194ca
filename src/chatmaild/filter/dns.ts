import { Resolver } from 'node:dns/promises';

/** TXT records of a name, each joined to one text; none when the name does not exist. */
export type TxtAnswer =
  | { readonly kind: 'records'; readonly records: readonly string[] }
  /** The DNS could not tell for now. */
  | { readonly kind: 'later' };

/** Never rejects. */
export type LookupTxt = (name: string) => Promise<TxtAnswer>;

/** The name does not exist, has no TXT record, or cannot be a name. */
const NO_RECORD_CODES = ['ENOTFOUND', 'ENODATA', 'EBADNAME'];

const QUERY_TIMEOUT_MS = 5000;
const TRIES = 2;

/** A Resolver keeps to the /etc/resolv.conf of the time at which it was made. */
const newSystemResolver = (): Resolver => new Resolver({ timeout: QUERY_TIMEOUT_MS, tries: TRIES });

/** Asks the system's resolvers. @param newResolver is asked for one for each lookup */
export const resolverLookup = (
  newResolver: () => Pick<Resolver, 'resolveTxt'> = newSystemResolver,
): LookupTxt => {
  return async (name) => {
    try {
      const records = await newResolver().resolveTxt(name);
      return { kind: 'records', records: records.map((strings) => strings.join('')) };
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      return NO_RECORD_CODES.includes(code) ? { kind: 'records', records: [] } : { kind: 'later' };
    }
  };
};

/** The resolver has a cache that knows the records' own times; this one spares the round trip. */
const CACHE_MS = 5 * 60 * 1000;
const CACHE_SIZE = 1000;

/**
 * Remembers records for five minutes; not that there were none, which the operator of the other
 * side may be about to change. Times are milliseconds of any clock.
 */
export const cachedLookup = (lookup: LookupTxt, now: () => number): LookupTxt => {
  const known = new Map<string, { readonly answer: Promise<TxtAnswer>; readonly until: number }>();
  return (name) => {
    const entry = known.get(name);
    if (entry && entry.until > now()) return entry.answer;
    const answer = lookup(name).then((result) => {
      const isWorthKeeping = result.kind === 'records' && result.records.length > 0;
      if (!isWorthKeeping) known.delete(name);
      return result;
    });
    known.delete(name);
    known.set(name, { answer, until: now() + CACHE_MS });
    const oldest = known.keys().next();
    if (known.size > CACHE_SIZE && !oldest.done) known.delete(oldest.value);
    return answer;
  };
};
