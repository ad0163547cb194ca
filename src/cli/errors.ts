import { CommanderError } from 'commander';
import { ConfigError, ConfigFileError } from '../config/load.ts';
import { RotationError } from '../dns/rotation.ts';
import { KeyFileError } from '../dns/update/key-file.ts';
import { DnsUpdateError } from '../dns/update/send.ts';
import {
  ApplyFailedError,
  HostBusyError,
  PlanOutdatedError,
  StoppedError,
} from '../engine/apply/errors.ts';
import { PreflightError } from '../engine/examine.ts';
import { GenerationError } from '../engine/history/errors.ts';
import { ObservationError } from '../engine/observe/parse.ts';
import { ConnectError, HostError, NotRootError } from '../host/errors.ts';
import { redact } from '../host/redact.ts';
import { LabError } from '../lab/errors.ts';
import { PreviewError } from '../webdev/server.ts';
import { OwnPagesError } from '../website/own-pages.ts';
import { ZoneFileError } from './commands/dns.ts';
import { NotConfirmedError } from './commands/dns-apply.ts';
import { InitError } from './commands/init.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { HostGoesOnError, InterruptedError, LeftAloneError, UndoneError } from './interrupt.ts';
import { ERASE } from './output/live-line.ts';
import { PromptAbortedError } from './output/prompt.ts';
import { sanitize } from './output/sanitize.ts';
import type { OutputStream } from './output/terminal.ts';

type ErrorClass = abstract new (...args: never[]) => Error;

/** Errors whose message is meant for the operator, with their exit codes; the first match counts. */
const KNOWN: readonly (readonly [ErrorClass, ExitCode])[] = [
  [ConfigError, EXIT.usage],
  [ConfigFileError, EXIT.usage],
  [InitError, EXIT.usage],
  [OwnPagesError, EXIT.usage],
  [PreviewError, EXIT.failed],
  [GenerationError, EXIT.refused],
  [ZoneFileError, EXIT.usage],
  [KeyFileError, EXIT.usage],
  [NotConfirmedError, EXIT.usage],
  [DnsUpdateError, EXIT.failed],
  [RotationError, EXIT.failed],
  [PromptAbortedError, EXIT.interrupted],
  [InterruptedError, EXIT.interrupted],
  [LeftAloneError, EXIT.interrupted],
  [HostGoesOnError, EXIT.failed],
  [ConnectError, EXIT.unreachable],
  [NotRootError, EXIT.refused],
  [PreflightError, EXIT.refused],
  [HostError, EXIT.failed],
  [PlanOutdatedError, EXIT.failed],
  [StoppedError, EXIT.interrupted],
  [UndoneError, EXIT.interrupted],
  [HostBusyError, EXIT.failed],
  [ObservationError, EXIT.failed],
  [LabError, EXIT.failed],
];

export interface ErrorReport {
  /** Safe for a terminal, without secrets; empty when everything has been said already. */
  readonly text: string;
  readonly code: ExitCode;
}

/** What to tell the operator about an error. @param debug adds the stack of internal errors */
export const describeError = (error: unknown, debug: boolean): ErrorReport => {
  // commander has printed its own message by then.
  if (error instanceof CommanderError)
    return { text: '', code: error.exitCode === 0 ? EXIT.ok : EXIT.usage };
  if (error instanceof ApplyFailedError) {
    const code = error.outcome === 'rolled-back' ? EXIT.rolledBack : EXIT.broken;
    return { text: sanitize(redact(error.message)), code };
  }
  const known = KNOWN.find(([type]) => error instanceof type);
  if (known !== undefined && error instanceof Error)
    return { text: sanitize(redact(error.message)), code: known[1] };
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const hint =
    'This is a mistake in cmdeploy. Run again with CMDEPLOY_DEBUG=1 and report what it prints.';
  const detail = debug ? (stack ?? message) : hint;
  return { text: sanitize(redact(`internal error: ${message}\n${detail}`)), code: EXIT.failed };
};

/** Prints an error and returns the exit code that goes with it. */
export const reportError = (error: unknown, stream: OutputStream): ExitCode => {
  const { CMDEPLOY_DEBUG } = process.env;
  const { text, code } = describeError(error, Boolean(CMDEPLOY_DEBUG));
  // The terminal has shown `^C` where the text is to begin.
  if (code === EXIT.interrupted && stream.isTTY) stream.write(ERASE);
  if (text !== '') stream.write(`${text}\n`);
  return code;
};
