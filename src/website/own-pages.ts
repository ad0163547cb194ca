/** The operator's own pages: the files of `www_folder`, as they are. */
import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Config } from '../config/schema.ts';
import type { OwnPage } from '../relay/part.ts';

/** `www_folder` cannot be published as it is; nothing was touched. */
export class OwnPagesError extends Error {
  override readonly name = 'OwnPagesError';
  constructor(folder: string, what: string) {
    super(`www_folder ${folder}: ${what}`);
  }
}

/** Every deploy carries all of it to the host, and keeps it there for the rollback. */
const MAX_BYTES = 10 * 1024 * 1024;
const MAX_FILES = 1000;

/** What clients and other servers rely on: not for the operator to change. */
const RESERVED: readonly string[] = [
  '/.well-known/autoconfig/mail/config-v1.1.xml',
  '/.well-known/mta-sts.txt',
  '/new',
  '/login.js',
];

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const FORBIDDEN_NAME = /[\u0000-\u001f\u007f\\]/;

/** Absolute path of `www_folder`, if there is one. @param configFile path of chatmail.ini */
export const ownPagesFolder = (config: Config, configFile: string): string | undefined =>
  config.www_folder === undefined ? undefined : resolve(dirname(configFile), config.www_folder);

/**
 * Reads `www_folder`, which may be relative to the folder of chatmail.ini. Names that begin with a
 * dot are left out, but for `.well-known`.
 *
 * @param configFile path of chatmail.ini
 * @throws {OwnPagesError} it is missing, too large, or holds something that cannot be published
 */
export const readOwnPages = (config: Config, configFile: string): readonly OwnPage[] => {
  const folder = ownPagesFolder(config, configFile);
  if (folder === undefined) return [];
  const paths = listFiles(folder, '');
  const reserved = paths.find((path) => RESERVED.includes(path));
  if (reserved !== undefined)
    throw new OwnPagesError(folder, `${reserved} is the relay's own; remove it`);
  if (paths.length > MAX_FILES)
    throw new OwnPagesError(
      folder,
      `holds ${paths.length} files; at most ${MAX_FILES} are published`,
    );
  refuseTooLarge(folder, paths);
  return paths.map((path) => ({ path, content: readFile(folder, path) }));
};

const listFiles = (folder: string, below: string): string[] =>
  readFolder(folder, below).flatMap((entry) => {
    const path = `${below}/${entry.name}`;
    if (entry.name.startsWith('.') && path !== '/.well-known') return [];
    if (FORBIDDEN_NAME.test(entry.name))
      throw new OwnPagesError(
        folder,
        `${JSON.stringify(path)} has control characters or a backslash in its name`,
      );
    if (entry.isDirectory()) return listFiles(folder, path);
    if (entry.isFile()) return [path];
    throw new OwnPagesError(
      folder,
      `${path} is neither a file nor a folder; put a copy in its place`,
    );
  });

const readFolder = (folder: string, below: string): Dirent[] => {
  try {
    const entries = readdirSync(join(folder, below), { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    throw new OwnPagesError(folder, unreadable(below || 'it', error));
  }
};

const refuseTooLarge = (folder: string, paths: readonly string[]): void => {
  const bytes = paths.reduce((sum, path) => sum + statSync(join(folder, path)).size, 0);
  if (bytes <= MAX_BYTES) return;
  const megabytes = Math.ceil(bytes / 1024 / 1024);
  throw new OwnPagesError(
    folder,
    `holds ${megabytes} MB; at most ${MAX_BYTES / 1024 / 1024} are published`,
  );
};

const readFile = (folder: string, path: string): Uint8Array => {
  try {
    return readFileSync(join(folder, path));
  } catch (error) {
    throw new OwnPagesError(folder, unreadable(path, error));
  }
};

const unreadable = (what: string, error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return code === 'ENOENT' ? `${what} does not exist` : `${what} cannot be read (${code})`;
};
