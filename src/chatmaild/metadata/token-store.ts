/** Device tokens on disk: `metadata.json` in each account's folder, which this process alone writes. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { domainInAddress } from '../../config/domain.ts';
import { isMissing } from '../error-code.ts';
import { replaceFile } from '../replace-file.ts';
import {
  currentTokens,
  formatMetadata,
  type Metadata,
  NO_METADATA,
  parseMetadata,
  type Tokens,
} from './tokens.ts';

/** Addresses given to its methods come from `ownAddress`. */
export interface TokenStore {
  /** Tokens in use; none for an unknown address. */
  tokens(address: string): Promise<string[]>;
  /** Adds a token or notes that it is still in use. */
  add(address: string, token: string): Promise<void>;
  remove(address: string, token: string): Promise<void>;
  clear(address: string): Promise<void>;
}

const FILE = 'metadata.json';
/** The largest that is read: as many tokens as there can be, and what others may have put there. */
const MAX_FILE_BYTES = 512 * 1024;
/** How exactly a token's age is kept: not a write for each start of a client. */
const PRECISION_S = 24 * 3600;

type Change = (tokens: Map<string, number>) => boolean;

/** @param now unix seconds */
export const openTokenStore = (
  mailDir: string,
  mailDomain: string,
  now: () => number = () => Math.floor(Date.now() / 1000),
): TokenStore => {
  const path = (address: string) => join(mailDir, domainInAddress(mailDomain), address, FILE);
  const inTurn = createTurns();

  /** Reads, changes and, when `change` says that it did, writes, with nobody in between. */
  const update = (address: string, change: Change): Promise<Tokens> =>
    inTurn(address, async () => {
      const metadata = await read(path(address), now());
      const tokens = new Map(currentTokens(metadata.tokens, now()));
      const changed = change(tokens);
      if (changed || metadata.older)
        await replaceFile(
          path(address),
          formatMetadata({ ...metadata, tokens: currentTokens(tokens, now()) }),
        );
      return tokens;
    });

  return {
    tokens: async (address) => [...(await update(address, () => false)).keys()],
    async add(address, token) {
      await update(address, (tokens) => {
        if (now() - (tokens.get(token) ?? 0) < PRECISION_S) return false;
        tokens.set(token, now());
        return true;
      });
    },
    async remove(address, token) {
      await update(address, (tokens) => tokens.delete(token));
    },
    async clear(address) {
      await update(address, (tokens) => {
        const some = tokens.size > 0;
        tokens.clear();
        return some;
      });
    },
  };
};

/** A file that makes no sense counts as none: the next token begins a new one. */
const read = async (path: string, now: number): Promise<Metadata> => {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const { size } = await file.stat();
      return size > MAX_FILE_BYTES ? NO_METADATA : parseMetadata(await file.readFile('utf8'), now);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof SyntaxError || isMissing(error)) return NO_METADATA;
    throw error;
  }
};

/** Runs work of one key one after the other, of different keys at the same time. */
const createTurns = () => {
  const last = new Map<string, Promise<unknown>>();
  return async <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const turn = (last.get(key) ?? Promise.resolve()).then(work, work);
    last.set(key, turn);
    try {
      return await turn;
    } finally {
      if (last.get(key) === turn) last.delete(key);
    }
  };
};
