/**
 * A folder held open. Whatever happens to its path meanwhile, its methods act in this folder and
 * nowhere else, and none of them follows a symbolic link: they go through /proc/self/fd, since Node.js
 * has no openat(2). Names have one character for each byte, so that none is beyond reach.
 *
 * What is gone already is no error. Everything is synchronous: one operation at a time is as gentle
 * as it gets, and this runs in a process of its own.
 */
import {
  closeSync,
  constants,
  fstatSync,
  futimesSync,
  lstatSync,
  opendirSync,
  openSync,
  renameSync,
  rmdirSync,
  type Stats,
  unlinkSync,
} from 'node:fs';

export interface Folder {
  /** Names of what is in it, in no order; what is removed meanwhile may be among them. */
  names(): Generator<string>;
  /** Of the folder itself. */
  stat(): Stats;
  /** Of an entry, of a link itself; undefined when there is none. */
  statEntry(name: string): Stats | undefined;
  /** Undefined when there is no such folder, or something else of this name. */
  open(name: string): Folder | undefined;
  /** Sets the times of a regular file to `ms`. */
  touch(name: string, ms: number): void;
  rename(from: string, to: string): void;
  /** Removes anything but a folder; false for a folder. */
  unlink(name: string): boolean;
  /** Removes everything in the folder, and lets go of it. */
  clear(): void;
  /** Removes a folder with all that is in it. */
  removeTree(name: string): void;
  close(): void;
}

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The folder at `path`; undefined when there is none, or when the path is a link. */
export const openFolder = (path: string | Buffer): Folder | undefined => {
  const fd = unless(['ENOENT', 'ENOTDIR', 'ELOOP'], () => openSync(path, FOLDER));
  return fd === undefined ? undefined : folderAt(fd);
};

const folderAt = (fd: number): Folder => {
  const here = `/proc/self/fd/${fd}`;
  const entry = (name: string) => Buffer.from(`${here}/${name}`, 'latin1');
  const folder: Folder = {
    names: () => namesIn(here),
    stat: () => fstatSync(fd),
    statEntry: (name) => unless(['ENOENT'], () => lstatSync(entry(name))),
    open: (name) => openFolder(entry(name)),
    touch: (name, ms) => touch(entry(name), ms),
    rename: (from, to) => renameSync(entry(from), entry(to)),
    unlink: (name) =>
      unless(['EISDIR', 'ENOENT'], () => {
        unlinkSync(entry(name));
        return true;
      }) ?? folder.statEntry(name) === undefined,
    clear() {
      for (const name of folder.names()) if (!folder.unlink(name)) folder.removeTree(name);
      folder.close();
    },
    removeTree(name) {
      folder.open(name)?.clear();
      unless(['ENOENT'], () => rmdirSync(entry(name)));
    },
    close: () => closeSync(fd),
  };
  return folder;
};

const namesIn = function* (path: string): Generator<string> {
  const directory = opendirSync(path, { encoding: 'latin1', bufferSize: 256 });
  try {
    for (let entry = directory.readSync(); entry !== null; entry = directory.readSync())
      yield entry.name;
  } finally {
    directory.closeSync();
  }
};

const touch = (path: Buffer, ms: number): void => {
  const fd = openSync(path, FILE);
  try {
    if (fstatSync(fd).isFile()) futimesSync(fd, ms / 1000, ms / 1000);
  } finally {
    closeSync(fd);
  }
};

/** What `work` gives; undefined when it fails with one of `codes` (errno(3)). */
const unless = <T>(codes: readonly string[], work: () => T): T | undefined => {
  try {
    return work();
  } catch (error) {
    if (codes.includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
};

/** `ENOENT` and the like; undefined for what is no failure of the operating system. */
export const errnoOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
