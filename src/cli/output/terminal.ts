import chalk from 'chalk';

/** An output stream, as far as rendering is concerned; `process.stdout` is one. */
export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export type RendererMode = 'plain' | 'terminal' | 'json';

type Environment = Readonly<Record<string, string | undefined>>;

/** Live lines need a terminal that can erase one. */
export const rendererMode = (
  stream: OutputStream,
  json: boolean | undefined,
  env: Environment = process.env,
): RendererMode => {
  if (json) return 'json';
  const { TERM } = env;
  return stream.isTTY && TERM !== 'dumb' ? 'terminal' : 'plain';
};

/**
 * Columns to write into; the last one stays free, because some terminals wrap when it is filled. A
 * serial console says that it has 0.
 */
export const usableColumns = (stream: OutputStream): number => (stream.columns || 80) - 1;

/** Turns colours off for all output where they are unwanted (https://no-color.org). */
export const applyColourPreference = (mode: RendererMode, env: Environment = process.env): void => {
  const { NO_COLOR } = env;
  if (mode !== 'terminal' || (NO_COLOR !== undefined && NO_COLOR !== '')) chalk.level = 0;
};
