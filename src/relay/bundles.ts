import { readFileSync } from 'node:fs';

/** The build's output; the same distance from src/relay/ and dist/relay/. */
const BUNDLES = new URL('../../dist/chatmaild/', import.meta.url);

/** A program of chatmaild as it runs on the relay, by file name: `filter.cjs`. */
export const readBundle = (name: string, folder: URL = BUNDLES): Uint8Array => {
  try {
    return readFileSync(new URL(name, folder));
  } catch (cause) {
    throw new Error(
      `the relay's program ${name} is not in ${folder.pathname}; run "npm run build"`,
      { cause },
    );
  }
};
