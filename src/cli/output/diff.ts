import chalk from 'chalk';
import type { FileDiff } from '../../engine/preview/diff.ts';
import type { Interruption } from '../../engine/preview/interruption.ts';
import { sanitizeLine } from './sanitize.ts';

/** Unified diffs as lines for people. The old lines come from the host and are made harmless. */
export const renderDiffs = (files: readonly FileDiff[]): string[] =>
  files.flatMap(({ path, change, diff, secret }) =>
    diff === undefined
      ? ['', `${path}: ${change}, ${secret ? 'a secret' : 'not shown line by line'}`]
      : ['', ...diff.trimEnd().split('\n').map(colourDiffLine)],
  );

const colourDiffLine = (raw: string): string => {
  const line = sanitizeLine(raw);
  if (/^(---|\+\+\+) /.test(line)) return chalk.bold(line);
  if (line.startsWith('@@')) return chalk.cyan(line);
  if (line.startsWith('+')) return chalk.green(line);
  return line.startsWith('-') ? chalk.red(line) : line;
};

/** One line: what users will notice. */
export const renderInterruption = ({ level, restarted, reloaded }: Interruption): string => {
  switch (level) {
    case 'none':
      return 'Interruption: none';
    case 'reload':
      return `Interruption: none, connections stay; reloaded: ${reloaded.join(', ')}`;
    case 'restart':
      return `Interruption: restart of ${restarted.join(', ')}`;
  }
};
