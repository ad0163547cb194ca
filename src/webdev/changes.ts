/** Tells when files have changed that the pages are made from. */
import { type FSWatcher, watch } from 'node:fs';

/** Editors write a file in several steps; milliseconds. */
const SETTLE_MS = 100;

export interface Watched {
  readonly folder: string;
  /** Whether the folders below it count too. */
  readonly recursive: boolean;
}

/**
 * Calls `onChange` after changes in `folders`, once for changes that come together. Returns what
 * ends it.
 */
export const watchFolders = (folders: readonly Watched[], onChange: () => void): (() => void) => {
  let timer: NodeJS.Timeout | undefined;
  const settle = (): void => {
    clearTimeout(timer);
    timer = setTimeout(onChange, SETTLE_MS);
  };
  const watchers = folders.map(({ folder, recursive }): FSWatcher => {
    const watcher = watch(folder, { recursive }, settle);
    // A folder that went away is shown by the pages.
    watcher.on('error', settle);
    return watcher;
  });
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
};
