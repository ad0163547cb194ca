/** Shows one look after the other, until it is told to stop. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { StatusReport } from '../../health/report.ts';
import { sanitize } from './sanitize.ts';
import { statusJson, statusLines } from './status.ts';
import { type OutputStream, type RendererMode, usableColumns } from './terminal.ts';

const PAUSE_MS = 5_000;

/** Home, erase the screen (ECMA-48: CUP, ED). */
const CLEAR = '\u001b[H\u001b[2J';

export interface WatchOptions {
  readonly mode: RendererMode;
  readonly stream: OutputStream & { readonly rows?: number };
  readonly signal: AbortSignal;
  readonly pauseMs?: number;
}

/**
 * @param look one look; `Error`: it could not be done this time, and is tried again
 * @returns the last look, undefined when there was none
 */
export const watchStatus = async (
  look: () => Promise<StatusReport | Error>,
  { mode, stream, signal, pauseMs = PAUSE_MS }: WatchOptions,
): Promise<StatusReport | Error | undefined> => {
  let last: StatusReport | Error | undefined;
  while (!signal.aborted) {
    const result = await look();
    // What was interrupted says nothing about the host.
    if (signal.aborted) break;
    last = result;
    stream.write(screenful(result, mode, stream));
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
  }
  return last;
};

const screenful = (
  result: StatusReport | Error,
  mode: RendererMode,
  stream: WatchOptions['stream'],
): string => {
  const time = new Date().toISOString();
  if (mode === 'json') {
    const value =
      result instanceof Error
        ? { version: 1, time, level: 'unreachable', error: result.message }
        : statusJson(result);
    return `${JSON.stringify(value)}\n`;
  }
  // A line for the time, and the one on which the cursor stands.
  const screen =
    mode === 'terminal'
      ? { columns: usableColumns(stream), rows: (stream.rows || 24) - 2 }
      : undefined;
  const lines =
    result instanceof Error
      ? [`FAIL unreachable: ${sanitize(result.message)}`]
      : statusLines(result, screen);
  return `${mode === 'terminal' ? CLEAR : ''}${time.slice(0, 19)}Z\n${lines.join('\n')}\n`;
};
