/** METADATA of the relay for Dovecot: values of the server, and device tokens of each account. */
import { ownAddress } from '../accounts/address.ts';
import { DictRefusal, type DictTable } from '../dict/table.ts';
import { isDeviceToken, type ServerEntry, serverEntryName } from './keys.ts';
import type { TokenStore } from './token-store.ts';
import { isToken } from './tokens.ts';

/** @param mailDomain a domain or an IP address */
export const metadataTable = (
  mailDomain: string,
  entries: ReadonlyMap<string, ServerEntry>,
  tokens: TokenStore,
): DictTable => {
  const owner = (user: string): string => {
    const address = ownAddress(user, mailDomain);
    if (address === undefined) throw new DictRefusal('no address of this relay');
    return address;
  };
  return {
    owns: (key) => isDeviceToken(key) || serverEntryName(key) !== undefined,

    async lookup(key, user) {
      if (!isDeviceToken(key)) return await entries.get(serverEntryName(key) ?? '')?.();
      return (await tokens.tokens(owner(user))).join(' ') || undefined;
    },

    async apply({ key, value }, user) {
      if (!isDeviceToken(key)) throw new DictRefusal('this key cannot be set');
      if (value === undefined) return await tokens.clear(owner(user));
      if (!isToken(value)) throw new DictRefusal('not a device token');
      await tokens.add(owner(user), value);
    },
  };
};
