import { setTimeout as sleep } from 'node:timers/promises';
import type { Report } from '../../dns/report.ts';
import { waitingLine } from './dns.ts';
import { createLiveLine } from './live-line.ts';
import { sanitizeLine } from './sanitize.ts';
import { type OutputStream, rendererMode, usableColumns } from './terminal.ts';
import { shorten } from './width.ts';

const PAUSE_MS = 5000;

export interface WatchOptions {
  /** Nothing but the result shall be printed. */
  readonly quiet?: boolean | undefined;
  /** Default: everything required is visible everywhere. */
  readonly isDone?: (report: Report) => boolean;
  readonly pauseMs?: number;
}

/**
 * Checks again and again until all is as it should be: on a terminal in a line
 * that rewrites itself, elsewhere with a line for each change.
 */
export const watchRecords = async (
  check: () => Promise<Report>,
  stream: OutputStream,
  { quiet, isDone = ({ visible }) => visible, pauseMs = PAUSE_MS }: WatchOptions = {},
): Promise<Report> => {
  const say = createSayer(stream, quiet);
  try {
    for (;;) {
      const report = await check();
      if (isDone(report)) return report;
      say.show(waitingLine(report));
      await sleep(pauseMs);
    }
  } finally {
    say.clear();
  }
};

interface Sayer {
  show(text: string): void;
  clear(): void;
}

const createSayer = (stream: OutputStream, quiet: boolean | undefined): Sayer => {
  const mode = rendererMode(stream, quiet);
  if (mode === 'json') return { show: () => undefined, clear: () => undefined };
  if (mode === 'terminal') {
    const line = createLiveLine(stream);
    const started = Date.now();
    const withTime = (text: string): string => {
      const seconds = Math.floor((Date.now() - started) / 1000);
      return shorten(`[${seconds}s] ${sanitizeLine(text)}`, usableColumns(stream));
    };
    return { show: (text) => line.show(() => withTime(text)), clear: line.clear };
  }
  let last = '';
  const show = (text: string): void => {
    if (text !== last) stream.write(`${sanitizeLine(text)}\n`);
    last = text;
  };
  return { show, clear: () => undefined };
};
