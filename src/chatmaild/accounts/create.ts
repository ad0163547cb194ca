/** Creation of an account at its first login. */
import { type AccountRules, ruleAgainst } from './address.ts';
import { type Capacity, type CapacityLimits, shortage } from './capacity.ts';
import { BusyError, createLimiter } from './limiter.ts';
import { hashPassword, passwordMatches } from './password.ts';
import type { AccountStore } from './store.ts';

/**
 * `exists`: the account is there and has the given password. `refused`: the rules or another
 * password are against it. `unavailable`: not now. `reason` names nobody.
 */
export type CreationResult =
  | { readonly outcome: 'exists' }
  | { readonly outcome: 'refused' | 'unavailable'; readonly reason: string };

export interface CreationContext {
  readonly rules: AccountRules & CapacityLimits;
  readonly store: AccountStore;
  readonly measure: () => Promise<Capacity>;
}

/** A hash costs some milliseconds of a core, and mail should not wait for strangers' accounts. */
const PARALLEL_HASHES = 2;
/** Beyond about this many, clients have given up before their turn comes. */
const WAITING_HASHES = 200;

/** Takes addresses from `ownAddress`; passwords have one byte per character (latin1). */
export const createCreator = ({ rules, store, measure }: CreationContext) => {
  const limited = createLimiter(PARALLEL_HASHES, WAITING_HASHES);

  const compare = async (stored: string, password: string): Promise<CreationResult> =>
    (await limited(() => passwordMatches(stored, password)))
      ? { outcome: 'exists' }
      : { outcome: 'refused', reason: 'the account has another password' };

  const create = async (address: string, password: string): Promise<CreationResult> => {
    const broken = ruleAgainst(address, password, rules);
    if (broken) return { outcome: 'refused', reason: broken };
    const existing = await store.passwordHash(address);
    if (existing !== undefined) return compare(existing, password);
    const lack = shortage(await measure(), rules);
    if (lack) return { outcome: 'unavailable', reason: lack };
    const hash = await limited(() => hashPassword(password));
    if (await store.create(address, hash)) return { outcome: 'exists' };
    const winner = await store.passwordHash(address);
    if (winner !== undefined) return compare(winner, password);
    return { outcome: 'unavailable', reason: 'a folder without password is in the way' };
  };

  return async (address: string, password: string): Promise<CreationResult> => {
    try {
      return await create(address, password);
    } catch (error) {
      if (error instanceof BusyError) return { outcome: 'unavailable', reason: error.message };
      throw error;
    }
  };
};
