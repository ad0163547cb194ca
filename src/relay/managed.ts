/** Files and units in the shapes that most parts need. */
import { type Inputs, type ManagedFile, type ManagedUnit, ROOT } from '../engine/state.ts';

/** A file that belongs to root. Everybody reads it, unless `mode` says otherwise. */
export const rootFile = (
  path: string,
  content: string | Uint8Array,
  mode = 0o644,
): ManagedFile => ({ path, content, owner: ROOT, mode });

/** Where systemd finds the file of a unit of ours. */
export const unitPath = (unit: string): string => `/etc/systemd/system/${unit}`;

export const unitFile = (unit: string, content: string): ManagedFile =>
  rootFile(unitPath(unit), content);

/** @param reloadOn nothing by default: every change restarts the unit */
export const managedUnit = (
  name: string,
  restartOn: Partial<Inputs>,
  reloadOn: Partial<Inputs> = {},
): ManagedUnit => ({
  name,
  restartOn: { ...NOTHING, ...restartOn },
  reloadOn: { ...NOTHING, ...reloadOn },
});

const NOTHING: Inputs = { files: [], packages: [] };
