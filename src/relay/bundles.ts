import { readFileSync } from 'node:fs';

/** The build's output; the same distance from src/relay/ and dist/relay/. */
const BUNDLES = new URL('../../dist/chatmaild/', import.meta.url);

/** A program that the build made, by file name: `filter.cjs`. @param folder chatmaild's by default */
export const readBundle = (name: string, folder: URL = BUNDLES): Uint8Array => {
  try {
    return readFileSync(new URL(name, folder));
  } catch (cause) {
    throw new Error(`the program ${name} is not in ${folder.pathname}; run "npm run build"`, {
      cause,
    });
  }
};
