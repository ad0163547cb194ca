import { mkdir } from 'node:fs/promises';
import { run } from './command.ts';

export interface OverlayPaths {
  /** Where the whole is mounted. */
  readonly root: string;
  /** What is written goes here. */
  readonly data: string;
  /** The overlay's own scratch folder, on the same file system as `data`. */
  readonly work: string;
}

/** @param layers read-only folders, the uppermost first */
export const mountOverlay = async (
  layers: readonly string[],
  paths: OverlayPaths,
): Promise<void> => {
  for (const dir of [paths.root, paths.data, paths.work]) await mkdir(dir, { recursive: true });
  const options = `lowerdir=${layers.join(':')},upperdir=${paths.data},workdir=${paths.work}`;
  await run(['mount', '-t', 'overlay', 'overlay', '-o', options, paths.root]);
};
