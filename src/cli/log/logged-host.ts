import type { Argv, ExecOptions, ExecResult, Host } from '../../host/host.ts';
import { quote } from '../../host/quote.ts';
import type { DebugLog } from './debug-log.ts';

/** Commands that are longer, scripts mostly, come below the line. Characters. */
const MAX_LINE = 200;

/** A host whose commands are written to a log: what, how long, how it ended, what it printed. */
export const loggedHost = (host: Host, log: DebugLog): Host => {
  let count = 0;
  return {
    name: host.name,
    counters: host.counters,
    exec: async (argv, options = {}) => {
      count += 1;
      const id = `exec ${count}`;
      const started = performance.now();
      const ms = (): string => `${Math.round(performance.now() - started)} ms`;
      logCommand(log, id, argv, options);
      try {
        const result = await host.exec(argv, options);
        log.write(`${id}: ${ending(result)} after ${ms()}`, outputOf(result, options));
        return result;
      } catch (error) {
        log.write(`${id}: given up after ${ms()}`, String(error));
        throw error;
      }
    },
    close: async () => {
      log.write(`disconnect from ${host.name}`);
      await host.close();
    },
  };
};

/** What is sent to a command may hold secrets: only its length is told. */
const logCommand = (log: DebugLog, id: string, argv: Argv, { input = '' }: ExecOptions): void => {
  const command = quote(argv);
  const sent = input.length === 0 ? '' : `, ${input.length} bytes to its input`;
  if (command.length <= MAX_LINE && !command.includes('\n')) log.write(`${id}: ${command}${sent}`);
  else log.write(`${id}: ${argv[0]} ...${sent}`, command);
};

const ending = ({ code, signal }: ExecResult): string =>
  code === null ? `ended by ${signal ?? 'a lost channel'}` : `exit status ${code}`;

/** Lines that were followed are in the log already, as events. */
const outputOf = (result: ExecResult, { onLine, confidential }: ExecOptions): string => {
  const { stdout, stderr } = result;
  if (confidential) return `[${stdout.length + stderr.length} characters, not logged]`;
  return onLine === undefined ? `${stdout}${stderr}` : stderr;
};
