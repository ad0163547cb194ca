/** Keeps the day of an account's last login, which Dovecot's last_login plugin tells: the time of `password`. */
import { lstat, lutimes } from 'node:fs/promises';
import { join } from 'node:path';
import { domainInAddress } from '../../config/domain.ts';
import { DictRefusal, type DictTable } from '../dict/table.ts';
import { ownAddress } from './address.ts';

const PREFIX = 'shared/last-login/';
/** Clients log in many times a day; one write of it is enough. */
const PRECISION_MS = 24 * 60 * 60 * 1000;

/** @param mailDomain a domain or an IP address; `now` is in milliseconds */
export const lastLoginTable = (
  mailDir: string,
  mailDomain: string,
  now: () => number = Date.now,
): DictTable => ({
  owns: (key) => key.startsWith(PREFIX),

  async lookup() {
    return undefined;
  },

  async apply({ key }) {
    const address = ownAddress(key.slice(PREFIX.length), mailDomain);
    if (address === undefined) throw new DictRefusal('no address of this relay');
    const password = join(mailDir, domainInAddress(mailDomain), address, 'password');
    const time = now();
    if (time - (await lstat(password)).mtimeMs < PRECISION_MS) return;
    await lutimes(password, time / 1000, time / 1000);
  },
});
