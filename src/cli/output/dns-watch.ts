import { setTimeout as sleep } from 'node:timers/promises';
import type { Report } from '../../dns/report.ts';
import { waitingLine } from './dns.ts';
import { createLiveLine } from './live-line.ts';
import { sanitizeLine } from './sanitize.ts';
import { type OutputStream, rendererMode, usableColumns } from './terminal.ts';
import { shorten } from './width.ts';

const PAUSE_MS = 5000;

/**
 * Checks again and again until everything required is visible everywhere: on a terminal in a line
 * that rewrites itself, elsewhere with a line for each change. Ctrl-C ends it as it ends everything.
 */
export const watchRecords = async (
  check: () => Promise<Report>,
  stream: OutputStream,
  json: boolean | undefined,
  pauseMs = PAUSE_MS,
): Promise<Report> => {
  const say = createSayer(stream, json);
  try {
    for (;;) {
      const report = await check();
      if (report.visible) return report;
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

const createSayer = (stream: OutputStream, json: boolean | undefined): Sayer => {
  const mode = rendererMode(stream, json);
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
