/** A program on a terminal, as a person runs it: script(1) makes the pty. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Argv } from '../../src/host/host.ts';
import { quote } from '../../src/host/quote.ts';

const PATIENCE_MS = 120_000;

export interface OnTerminal {
  /** Everything the terminal was sent so far. */
  readonly output: () => string;
  /** Waits until the terminal was sent something that matches, from where the last wait ended. */
  waitFor(pattern: RegExp): Promise<void>;
  /** Presses keys; `\u0003` is Ctrl-C. */
  type(keys: string): void;
  /** The exit code. */
  readonly ended: Promise<number>;
}

/** Ends the program when the test does not get to its end. */
export function onTerminal(argv: Argv, env: Record<string, string> = {}): OnTerminal {
  const script = spawn('script', ['--quiet', '--return', '--command', quote(argv), '/dev/null'], {
    env: { ...process.env, TERM: 'xterm', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let text = '';
  let seen = 0;
  script.stdout.setEncoding('utf8');
  script.stdout.on('data', (chunk: string) => {
    text += chunk;
  });
  const ended = exitCode(script);
  const waitFor = async (pattern: RegExp): Promise<void> => {
    const until = Date.now() + PATIENCE_MS;
    for (;;) {
      const match = pattern.exec(text.slice(seen));
      if (match) {
        seen += match.index + match[0].length;
        return;
      }
      if (script.exitCode !== null || Date.now() > until)
        throw new Error(`The terminal never showed ${pattern}:\n${text}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return { output: () => text, waitFor, type: (keys) => script.stdin.write(keys), ended };
}

const exitCode = (script: ChildProcess): Promise<number> =>
  new Promise((resolve, reject) => {
    script.on('error', reject);
    script.on('close', (code) => resolve(code ?? -1));
  });
