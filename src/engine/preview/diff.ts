import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import type { Plan } from '../plan.ts';
import type { DesiredState } from '../state.ts';
import { MAX_FILE_BYTES } from './live-files.ts';

/** What a plan changes in one file. */
export interface FileDiff {
  readonly path: string;
  readonly change: 'new' | 'changed';
  /** Unified diff; undefined where lines say nothing: programs, files that are too long. */
  readonly diff?: string;
}

/**
 * A diff for every file that `plan` writes, in its order.
 *
 * @param live what stands on the host now; a missing file is an empty one
 */
export const diffFiles = (
  plan: Plan,
  state: DesiredState,
  live: ReadonlyMap<string, Uint8Array>,
): FileDiff[] => {
  const wanted = new Map(state.files.map(({ path, content }) => [path, Buffer.from(content)]));
  return plan.steps.flatMap((step): FileDiff[] => {
    if (step.kind !== 'write') return [];
    const { path, change } = step;
    const before = live.get(path) ?? new Uint8Array();
    const after = wanted.get(path) ?? new Uint8Array();
    if (!isText(before) || !isText(after)) return [{ path, change }];
    return [{ path, change, diff: unifiedDiff(path, change, before, after) }];
  });
};

const unifiedDiff = (
  path: string,
  change: 'new' | 'changed',
  before: Uint8Array,
  after: Uint8Array,
): string => {
  const old = change === 'new' ? '/dev/null' : path;
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
  return createTwoFilesPatch(old, path, text(before), text(after), undefined, undefined, {
    context: 3,
    headerOptions: FILE_HEADERS_ONLY,
  });
};

/** As grep(1) decides: without NUL bytes; and short enough to be read by a person. */
const isText = (bytes: Uint8Array): boolean => bytes.length <= MAX_FILE_BYTES && !bytes.includes(0);
