/** The first and the last entry of a command in its debug log. */
import process from 'node:process';
import { quote } from '../../host/quote.ts';
import { VERSION } from '../version.ts';
import type { DebugLog } from './debug-log.ts';

/** @param argv as of `process.argv` */
export const logStart = (log: DebugLog, argv: readonly string[]): void => {
  const { version, platform, arch } = process;
  log.write(`cmdeploy ${VERSION}, Node.js ${version}, ${platform} ${arch}`);
  log.write(`command: ${quote(['cmdeploy', ...argv.slice(2)])}`);
};

/** @param error what ended it, with its stack */
export const logEnd = (
  log: DebugLog,
  exitCode: number | string | null | undefined,
  error?: unknown,
): void => {
  if (error !== undefined)
    log.write('error', error instanceof Error ? (error.stack ?? error.message) : String(error));
  log.write(`exit code ${exitCode ?? 0}`);
  log.close();
};
