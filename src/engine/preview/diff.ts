import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import { redact } from '../../host/redact.ts';
import type { Plan } from '../plan.ts';
import type { DesiredState } from '../state.ts';
import { MAX_FILE_BYTES } from './live-files.ts';

/** What a plan changes in one file. */
export interface FileDiff {
  readonly path: string;
  readonly change: 'new' | 'changed';
  /**
   * Unified diff, without secrets; undefined where lines say nothing (programs, files that are too
   * long) or must not be shown.
   */
  readonly diff?: string;
  /** The whole file is a secret. */
  readonly secret?: true;
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
  const wanted = new Map(state.files.map((file) => [file.path, file]));
  return plan.steps.flatMap((step): FileDiff[] => {
    if (step.kind !== 'write') return [];
    const { path, change } = step;
    const file = wanted.get(path);
    if (file?.secret) return [{ path, change, secret: true }];
    const before = live.get(path) ?? new Uint8Array();
    const after = Buffer.from(file?.content ?? '');
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
  const label = numberSecrets();
  const text = (bytes: Uint8Array): string => redact(Buffer.from(bytes).toString('utf8'), label);
  return createTwoFilesPatch(old, path, text(before), text(after), undefined, undefined, {
    context: 3,
    headerOptions: FILE_HEADERS_ONLY,
  });
};

/** Another number for another secret, so that the diff shows that one has changed, not to what. */
const numberSecrets = (): ((secret: string) => string) => {
  const seen: string[] = [];
  return (secret) => {
    if (!seen.includes(secret)) seen.push(secret);
    return `[secret ${seen.indexOf(secret) + 1}]`;
  };
};

/** As grep(1) decides: without NUL bytes; and short enough to be read by a person. */
const isText = (bytes: Uint8Array): boolean => bytes.length <= MAX_FILE_BYTES && !bytes.includes(0);
