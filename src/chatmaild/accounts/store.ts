/**
 * Accounts on disk: one folder each, `MAIL_DIR/DOMAIN/ADDRESS/`, which is a Maildir and holds
 * `password` and `enforceE2EEincoming`. An address is an account when it has a password file.
 */
import { randomBytes } from 'node:crypto';
import { access, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { domainInAddress } from '../../config/domain.ts';
import { errorCode, isMissing } from '../error-code.ts';

/** Accounts of one domain. Addresses given to its methods come from `ownAddress`. */
export interface AccountStore {
  /** Readies the folder; clears away accounts that a killed process left half made. */
  prepare(): Promise<void>;
  /** The stored password hash, undefined when there is no such account. */
  passwordHash(address: string): Promise<string | undefined>;
  /**
   * Makes an account; false when the address has a folder already. The account appears whole or
   * not at all, and survives a power cut once this has resolved.
   */
  create(address: string, passwordHash: string): Promise<boolean>;
  /** Whether the account exists and its owner takes unencrypted mail from outside. */
  acceptsCleartext(address: string): Promise<boolean>;
}

const PASSWORD = 'password';
const ENFORCE_ENCRYPTION = 'enforceE2EEincoming';
/** Accounts in the making; their names have no @, so that no address can be taken for one. */
const UNFINISHED = '.new-';

export const openStore = (mailDir: string, mailDomain: string): AccountStore => {
  const domainDir = join(mailDir, domainInAddress(mailDomain));
  const accountFile = (address: string, name: string) => join(domainDir, address, name);

  return {
    async prepare() {
      await mkdir(domainDir, { recursive: true, mode: 0o700 });
      const unfinished = (await readdir(domainDir)).filter(
        (name) => name.startsWith(UNFINISHED) && !name.includes('@'),
      );
      for (const name of unfinished) await rm(join(domainDir, name), { recursive: true });
    },

    async passwordHash(address) {
      try {
        return (await readFile(accountFile(address, PASSWORD), 'latin1')).trimEnd();
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },

    async create(address, passwordHash) {
      const unfinished = join(domainDir, UNFINISHED + randomBytes(12).toString('hex'));
      await mkdir(unfinished, { mode: 0o700 });
      try {
        await writeDurably(join(unfinished, PASSWORD), passwordHash);
        await writeDurably(join(unfinished, ENFORCE_ENCRYPTION), '');
        await syncFolder(unfinished);
        await rename(unfinished, join(domainDir, address));
      } catch (error) {
        await rm(unfinished, { recursive: true, force: true });
        if (['ENOTEMPTY', 'EEXIST'].includes(errorCode(error))) return false;
        throw error;
      }
      await syncFolder(domainDir);
      return true;
    },

    async acceptsCleartext(address) {
      const [account, enforced] = await Promise.all([
        isThere(accountFile(address, PASSWORD)),
        isThere(accountFile(address, ENFORCE_ENCRYPTION)),
      ]);
      return account && !enforced;
    },
  };
};

const writeDurably = async (path: string, content: string): Promise<void> => {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(content, 'latin1');
    await file.sync();
  } finally {
    await file.close();
  }
};

const syncFolder = async (path: string): Promise<void> => {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
};

const isThere = async (path: string): Promise<boolean> => {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
};
