import type { Argv } from '../host/host.ts';

/** Something the lab cannot do, in words that say what is wrong and what to do. */
export class LabError extends Error {
  override readonly name = 'LabError';
}

/** Last lines of a command's output, for messages. */
const tail = (text: string): string => text.trimEnd().split('\n').slice(-15).join('\n');

export const commandFailed = (argv: Argv, code: number | undefined, output: string): LabError =>
  new LabError(
    `${argv.join(' ')} ${code === undefined ? 'was killed' : `failed with exit code ${code}`}` +
      (output.trim() === '' ? '' : `:\n${tail(output)}`),
  );
