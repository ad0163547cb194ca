/**
 * The accounts of probes: noted before they are made, gone afterwards, those of probes that were
 * killed too. A folder is a probe's when its password file holds the password that was noted: a
 * random one that no stranger can have chosen.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { lstat, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { domainInAddress } from '../../config/domain.ts';
import { ownAddress } from '../accounts/address.ts';
import type { Credentials } from '../accounts/credentials.ts';
import { hashPassword, passwordMatches } from '../accounts/password.ts';
import { isMissing } from '../error-code.ts';
import { processStart } from './process-start.ts';

/** A login of a killed probe may have been on its way for as long. */
const SETTLED_MS = 60_000;
const ATTEMPTS = 3;

export interface AccountFolders {
  readonly mailDir: string;
  readonly records: string;
  readonly mailDomain: string;
}

export class ProbeAccounts {
  readonly #folders: AccountFolders;
  readonly #domainDir: string;
  #record: string | undefined;

  constructor(folders: AccountFolders) {
    this.#folders = folders;
    this.#domainDir = join(folders.mailDir, domainInAddress(folders.mailDomain));
  }

  isFree = async (address: string): Promise<boolean> => !(await isThere(this.#folderOf(address)));

  /** Notes accounts that are about to be made. Durable once it has resolved. */
  async note(accounts: readonly Credentials[]): Promise<void> {
    const name = `${process.pid}-${await processStart(process.pid)}`;
    this.#record = join(this.#folders.records, name);
    const file = await open(this.#record, 'w', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(accounts)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  /** Makes an account without the accounts service, as that one would. */
  async makeOnDisk({ email, password }: Credentials): Promise<void> {
    await this.#asOwner(
      'umask 077 && mkdir -p -- "$3" && mkdir -- "$1" && cat > "$1/password" && : > "$1/enforceE2EEincoming" && mv -T -n -- "$1" "$2"',
      [this.#unfinished(), this.#folderOf(email), this.#domainDir],
      await hashPassword(password),
    );
  }

  /** Removes this probe's accounts. */
  async remove(accounts: readonly Credentials[]): Promise<void> {
    for (const account of accounts) await this.#removeOne(account);
    if (this.#record) await rm(this.#record, { force: true });
  }

  /** Removes the accounts of probes that were killed. Those of running ones stay. */
  async removeLeftovers(): Promise<void> {
    const { records } = this.#folders;
    await mkdir(records, { recursive: true, mode: 0o700 });
    for (const name of await readdir(records)) {
      const [, pid, start] = /^(\d{1,10})-(\d{1,20})$/.exec(name) ?? [];
      if (pid === undefined || (await processStart(Number(pid))) === start) continue;
      const path = join(records, name);
      const removed = [];
      const accounts = await this.#read(path);
      for (const account of accounts) removed.push(await this.#removeOne(account));
      if (!removed.includes(false) || (await isSettled(path))) await rm(path, { force: true });
    }
  }

  #folderOf(address: string): string {
    return join(this.#domainDir, address);
  }

  /** The accounts service clears such folders away if something comes between. */
  #unfinished(): string {
    return join(this.#domainDir, `.new-${randomBytes(12).toString('hex')}`);
  }

  /** A note that was cut short is one of accounts that were not made yet. */
  async #read(path: string): Promise<readonly Credentials[]> {
    try {
      const accounts: unknown = JSON.parse(await readFile(path, 'utf8'));
      return Array.isArray(accounts) ? accounts.flatMap((one) => this.#credentials(one)) : [];
    } catch {
      return [];
    }
  }

  #credentials(value: unknown): Credentials[] {
    if (typeof value !== 'object' || value === null) return [];
    const { email, password } = value as Readonly<Record<string, unknown>>;
    if (typeof email !== 'string' || typeof password !== 'string') return [];
    const address = ownAddress(email, this.#folders.mailDomain);
    return address === undefined ? [] : [{ email: address, password }];
  }

  /** @returns whether there was one */
  async #removeOne({ email, password }: Credentials): Promise<boolean> {
    const folder = this.#folderOf(email);
    let found = false;
    for (let attempt = 0; attempt < ATTEMPTS && (await isThere(folder)); attempt += 1) {
      const hash = await storedHash(folder);
      // Without one it is nobody's account: what a daemon wrote too late.
      if (hash !== undefined && !(await passwordMatches(hash, password))) return false;
      found = true;
      // Two probes may clear away the same.
      const script = 'if mv -T -- "$1" "$2"; then rm -rf -- "$2"; else [ ! -e "$1" ]; fi';
      await this.#asOwner(script, [folder, this.#unfinished()]);
    }
    if (await isThere(folder)) throw new Error('the folder of a probe account comes back');
    return found;
  }

  /** Runs a script with the rights of the mail store's owner: strangers' mail is in there. */
  async #asOwner(script: string, args: readonly string[], input = ''): Promise<void> {
    const { uid, gid } = await stat(this.#folders.mailDir);
    const child = spawn('sh', ['-c', script, 'sh', ...args], {
      ...(process.getuid?.() === 0 ? { uid, gid } : {}),
      cwd: '/',
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input, 'latin1');
    const problem = await failureOf(child);
    if (problem !== undefined) throw new Error(`the mail store: ${problem}`);
  }
}

const failureOf = (child: ChildProcess): Promise<string | undefined> =>
  new Promise((resolve, reject) => {
    let text = '';
    child.stderr?.setEncoding('utf8').on('data', (more: string) => {
      text = `${text}${more}`.slice(0, 300);
    });
    child.once('error', reject);
    child.once('close', (code) => resolve(code === 0 ? undefined : text || `exit status ${code}`));
  });

const storedHash = async (folder: string): Promise<string | undefined> => {
  try {
    return (await readFile(join(folder, 'password'), 'latin1')).trimEnd();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
};

const isThere = async (path: string): Promise<boolean> => {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
};

/** A clock that went back makes it settled too. */
const isSettled = async (path: string): Promise<boolean> =>
  Math.abs(Date.now() - (await stat(path)).mtimeMs) > SETTLED_MS;
