/** What a pass did. The summary names nobody: it goes to the journal. */
import { errnoOf } from './folder.ts';
import type { Reason } from './rules.ts';

export interface Report {
  mailbox(): void;
  /** @param path below the folder of the domain */
  removed(reason: Reason | 'inactive', path: string): void;
  /** Counts a failure of the operating system; throws anything else, which is a mistake of ours. */
  readonly failed: (error: unknown) => void;
  readonly failures: () => number;
  summary(): string;
}

/** @param list called with a line for everything that is removed */
export const createReport = (list: (line: string) => void): Report => {
  let mailboxes = 0;
  const removed = { old: 0, large: 0, quota: 0, inactive: 0 };
  const failures = new Map<string, number>();
  return {
    mailbox() {
      mailboxes += 1;
    },
    removed(reason, path) {
      removed[reason] += 1;
      list(`${reason}\t${printable(path)}`);
    },
    failed(error) {
      const code = errnoOf(error);
      if (code === undefined) throw error;
      failures.set(code, (failures.get(code) ?? 0) + 1);
    },
    failures: () => [...failures.values()].reduce((sum, count) => sum + count, 0),
    summary: () =>
      [
        `${mailboxes} mailboxes; messages: ${removed.old} old, ${removed.large} large, ${removed.quota} for room`,
        `inactive accounts: ${removed.inactive}`,
        ...[...failures].map(([code, count]) => `${count} failures: ${code}`),
      ].join('; '),
  };
};

/** Names on disk are no text for a terminal. */
const printable = (path: string): string =>
  path.replace(
    /[^\x20-\x7e]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
