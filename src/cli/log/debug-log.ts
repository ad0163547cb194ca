/** `--log FILE`: what a command did, for whoever looks for a mistake later. Holds no secrets. */
import { closeSync, fchmodSync, fstatSync, openSync, writeSync } from 'node:fs';
import { redact } from '../../host/redact.ts';
import { sanitize } from '../output/sanitize.ts';

export interface DebugLog {
  /** One entry: the time, what happened, and what belongs to it in indented lines below. */
  write(what: string, details?: string): void;
  close(): void;
}

/** Details beyond this are cut in the middle. Characters. */
const MAX_DETAILS = 16 * 1024;

/** More than a fingerprint: contents of files, which patterns cannot look into. */
const BASE64 = /[A-Za-z0-9+/]{100,}={0,2}/g;

/**
 * Appends to `path`, with mode 0600. What is written is in the file at once: nothing is lost when the
 * process is killed. When the disk is full the command goes on without the log.
 *
 * @throws what opening the file throws, a NodeJS.ErrnoException
 */
export const openDebugLog = (path: string): DebugLog => {
  const file = openSync(path, 'a', 0o600);
  if (fstatSync(file).isFile()) fchmodSync(file, 0o600);
  let open = true;
  const close = (): void => {
    if (open) closeSync(file);
    open = false;
  };
  return {
    write: (what, details) => {
      if (!open) return;
      try {
        writeSync(file, entry(new Date(), what, details));
      } catch (error) {
        close();
        const { code, message } = error as NodeJS.ErrnoException;
        console.error(`${path}: cannot be written any more (${code ?? message})`);
      }
    },
    close,
  };
};

const entry = (time: Date, what: string, details = ''): string => {
  const head = `${time.toISOString()} ${clean(what).replaceAll('\n', ' ')}\n`;
  const lines = shorten(clean(details).trimEnd()).split('\n');
  return details.trim() === '' ? head : `${head}${lines.map((line) => `  ${line}\n`).join('')}`;
};

const clean = (text: string): string =>
  sanitize(redact(text)).replace(BASE64, ({ length }) => `[${length} characters of base64]`);

const shorten = (text: string): string => {
  if (text.length <= MAX_DETAILS) return text;
  const half = MAX_DETAILS / 2;
  const left = text.length - MAX_DETAILS;
  return `${text.slice(0, half)}\n[${left} characters left out]\n${text.slice(-half)}`;
};
