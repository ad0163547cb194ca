/** What the relay tells its clients about versions of the app: a file that the operator may put there. */
import { readFile, stat } from 'node:fs/promises';

/** More is not for a value that each client fetches. */
const MAX_BYTES = 16 * 1024;

/** The JSON in the file on one line; undefined when there is no file or no JSON in it. */
export const readAppVersions = async (path: string): Promise<string | undefined> => {
  try {
    if ((await stat(path)).size > MAX_BYTES) return undefined;
    // Beyond ASCII as \u escapes: the dict protocol here has one byte per character.
    return JSON.stringify(JSON.parse(await readFile(path, 'utf8'))).replace(
      /[\u0080-\uffff]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
  } catch {
    return undefined;
  }
};
