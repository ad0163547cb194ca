import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type KnownHostLine, keyTypeOf, parseKnownHosts } from './known-hosts.ts';

/** The lines of all files that exist. A file that cannot be read counts as an error, not as empty. */
export const readKnownHosts = async (paths: readonly string[]): Promise<KnownHostLine[]> => {
  const texts = await Promise.all(paths.map(readIfPresent));
  return paths.flatMap((path, index) => parseKnownHosts({ path, text: texts[index] ?? '' }));
};

/**
 * Adds a host's key, with the name in the clear. Makes the file (0600) and its folder (0700) when
 * they are missing. `name` comes from `knownHostName`, `key` is in SSH wire format.
 */
export const appendKnownHost = async (path: string, name: string, key: Buffer): Promise<void> => {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const present = await readIfPresent(path);
  const separator = present === '' || present.endsWith('\n') ? '' : '\n';
  const line = `${separator}${name} ${keyTypeOf(key)} ${key.toString('base64')}\n`;
  await appendFile(path, line, { mode: 0o600 });
};

const readIfPresent = async (path: string): Promise<string> => {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return '';
    throw error;
  }
};
