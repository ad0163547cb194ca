import type { OutputStream } from './terminal.ts';

/** Back to the first column and erase to the end of the line (ECMA-48: CR, EL). */
export const ERASE = '\r\u001b[K';

/** The last line of a terminal, rewritten in place. */
export interface LiveLine {
  /** Shows `text()` now and then again every tick, until {@link LiveLine.clear}. */
  show(text: () => string): void;
  /** Shows the current text again, at most every {@link REFRESH_MS}. */
  refresh(): void;
  clear(): void;
}

const TICK_MS = 1_000;
const REFRESH_MS = 100;

/** `text` must fit into one line and be free of control characters other than colours. */
export const createLiveLine = (stream: OutputStream): LiveLine => {
  let current: (() => string) | undefined;
  let ticker: NodeJS.Timeout | undefined;
  let drawn = 0;
  const draw = (): void => {
    if (current === undefined) return;
    drawn = Date.now();
    stream.write(`${ERASE}${current()}`);
  };
  const clear = (): void => {
    if (current === undefined) return;
    clearInterval(ticker);
    current = undefined;
    stream.write(ERASE);
  };
  return {
    show: (text) => {
      clear();
      current = text;
      ticker = setInterval(draw, TICK_MS).unref();
      draw();
    },
    refresh: () => {
      if (Date.now() - drawn >= REFRESH_MS) draw();
    },
    clear,
  };
};
