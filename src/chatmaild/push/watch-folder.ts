import { type FSWatcher, watch } from 'node:fs';
import { opendir } from 'node:fs/promises';

/** inotify(7) may lose events, or be refused: then this is how long a name waits. */
const RESCAN_MS = 10_000;

/**
 * Calls `onName` with the name of each file in the folder: of those that are there, and of those that
 * come. It may be told of a file more than once, and of one that is gone already.
 * @param failed told when the folder cannot be watched or read
 * @returns ends it
 */
export const watchFolder = (
  path: string,
  onName: (name: string) => void,
  failed: (error: unknown) => void,
): (() => void) => {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let watcher: FSWatcher | undefined;

  const scan = async (): Promise<void> => {
    for await (const { name } of await opendir(path)) onName(name);
  };
  try {
    watcher = watch(path, (_, name) => {
      if (name) onName(name);
    });
    watcher.on('error', failed);
  } catch (error) {
    failed(error);
  }
  const scanAndSchedule = (): void => {
    scan()
      .catch(failed)
      .finally(() => {
        if (!stopped) timer = setTimeout(scanAndSchedule, RESCAN_MS);
      });
  };
  scanAndSchedule();
  return () => {
    stopped = true;
    clearTimeout(timer);
    watcher?.close();
  };
};
