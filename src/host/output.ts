import { StringDecoder } from 'node:string_decoder';
import type { ExecOptions } from './host.ts';

export const DEFAULT_MAX_OUTPUT_BYTES = 32 * 1024 * 1024;

/** Characters after which a line is passed on without waiting for its end. */
export const MAX_LINE_LENGTH = 16 * 1024;

/** Collects one stream of a command within bounds. */
export interface Collector {
  /** False once the limit is passed; what comes after it is dropped. */
  add(chunk: Uint8Array): boolean;
  /** The whole text; passes on the last line when it had no newline. */
  finish(): string;
}

/**
 * @param limit bytes that are kept.
 * @param onLine receives each line without its newline. A line longer than
 *   {@link MAX_LINE_LENGTH} comes in pieces, so that memory does not grow with it.
 */
export const createCollector = (limit: number, onLine?: ExecOptions['onLine']): Collector => {
  const lines = onLine === undefined ? undefined : createLineSplitter(onLine);
  let buffer = Buffer.alloc(0);
  let size = 0;
  return {
    add: (chunk) => {
      const kept = chunk.subarray(0, limit - size);
      if (size + kept.length > buffer.length) buffer = grown(buffer, size + kept.length);
      buffer.set(kept, size);
      size += kept.length;
      if (kept.length > 0) lines?.add(kept);
      return kept.length === chunk.length;
    },
    finish: () => {
      lines?.finish();
      return buffer.toString('utf8', 0, size);
    },
  };
};

/** One growing buffer, because a host may send its output in millions of tiny pieces. */
const grown = (buffer: Buffer, needed: number): Buffer<ArrayBuffer> => {
  const larger = Buffer.alloc(Math.max(needed, buffer.length * 2, 4096));
  larger.set(buffer);
  return larger;
};

const createLineSplitter = (onLine: (line: string) => void) => {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const emit = (text: string): void => {
    for (let at = 0; at === 0 || at < text.length; at += MAX_LINE_LENGTH)
      onLine(text.slice(at, at + MAX_LINE_LENGTH));
  };
  return {
    add: (chunk: Uint8Array): void => {
      const [first = '', ...others] = decoder.write(Buffer.from(chunk)).split('\n');
      rest += first;
      for (const next of others) {
        emit(rest);
        rest = next;
      }
      if (rest.length >= MAX_LINE_LENGTH) {
        emit(rest);
        rest = '';
      }
    },
    finish: (): void => {
      rest += decoder.end();
      if (rest !== '') emit(rest);
      rest = '';
    },
  };
};
