import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { HostKeyInfo } from '../../host/errors.ts';
import { sanitizeLine } from './sanitize.ts';

/** The operator ended a question with Ctrl-C or Ctrl-D. */
export class PromptAbortedError extends Error {
  override readonly name = 'PromptAbortedError';
}

interface AskOptions {
  /** Do not show what is typed. */
  readonly hidden?: boolean;
}

/** The two ends of a conversation; the question goes to stderr so that stdout stays the result. */
export interface Conversation {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
}

export const TERMINAL: Conversation = { input: process.stdin, output: process.stderr };

/**
 * Asks a question of one line on the terminal and waits for the answer.
 * @throws PromptAbortedError
 */
export const ask = async (
  question: string,
  { hidden = false }: AskOptions = {},
  { input, output }: Conversation = TERMINAL,
): Promise<string> => {
  if (hidden) output.write(question);
  const shown = hidden ? new Writable({ write: (_chunk, _encoding, done) => done() }) : output;
  const reader = createInterface({ input, output: shown, terminal: true, historySize: 0 });
  const aborted = new Promise<never>((_resolve, reject) => {
    reader.once('SIGINT', () => reject(new PromptAbortedError('Stopped.')));
    reader.once('close', () => reject(new PromptAbortedError('No answer was given.')));
  });
  try {
    return await Promise.race([reader.question(hidden ? '' : question), aborted]);
  } finally {
    reader.close();
    if (hidden) output.write('\n');
  }
};

/** Shows the fingerprint of an unknown host and asks whether to trust it; only `yes` is a yes. */
export const promptForHostKey = async (info: HostKeyInfo): Promise<boolean> => {
  const where = info.port === 22 ? info.host : `${info.host} port ${info.port}`;
  TERMINAL.output.write(
    `The host key of ${where} is not known yet: ${sanitizeLine(info.keyType)} ${info.fingerprint}\n`,
  );
  const answer = await ask('Trust it and continue (yes/no)? ');
  return answer.trim().toLowerCase() === 'yes';
};

/** Asks for the passphrase of a private key without showing it; empty gives up. */
export const promptForPassphrase = (keyFile: string): Promise<string> =>
  ask(`Passphrase for ${keyFile}: `, { hidden: true });
