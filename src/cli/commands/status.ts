import process from 'node:process';
import { Command } from 'commander';
import type { Server } from '../../dns/transport.ts';
import { ObservationError } from '../../engine/observe/parse.ts';
import { createLookout, type LookAtRelay } from '../../health/index.ts';
import type { StatusReport } from '../../health/report.ts';
import { HostError } from '../../host/errors.ts';
import type { Host } from '../../host/host.ts';
import { connectTo } from '../connection.ts';
import { reportError } from '../errors.ts';
import { EXIT, STATUS_EXIT } from '../exit-codes.ts';
import { interruptible } from '../interrupt.ts';
import { loadRelay } from '../load-relay.ts';
import { statusJson, statusLines } from '../output/status.ts';
import { watchStatus } from '../output/status-watch.ts';
import { applyColourPreference, rendererMode, usableColumns } from '../output/terminal.ts';
import { glanceAtDns, parseServerOption } from '../relay-dns.ts';
import { type SessionOptions, sessionOptions } from '../session.ts';

interface StatusOptions extends SessionOptions {
  readonly watch?: true;
  readonly resolver?: Server;
}

export const statusCommand = (): Command =>
  sessionOptions(
    new Command('status').description(
      'tell whether the relay does its job; sends a message from one account of its own to another',
    ),
  )
    .option(
      '--resolver <address>',
      'DNS resolver to ask (default: those of this machine)',
      parseServerOption,
    )
    .option('--watch', 'look again every few seconds, until Ctrl-C')
    .action((options: StatusOptions) =>
      options.watch
        ? watch(options)
        : interruptible('The host removes the accounts of the probe by itself.', () =>
            showOnce(options),
          ),
    );

const showOnce = async (options: StatusOptions): Promise<void> => {
  const observer = createObserver(options);
  try {
    const report = await observer.look();
    const { stdout } = process;
    const mode = rendererMode(stdout, options.json);
    applyColourPreference(mode);
    const screen = { columns: usableColumns(stdout), rows: (stdout.rows || 24) - 1 };
    if (mode === 'json') console.log(JSON.stringify(statusJson(report), null, 2));
    else console.log(statusLines(report, mode === 'terminal' ? screen : undefined).join('\n'));
    process.exitCode = STATUS_EXIT[report.level];
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    reportError(error, process.stderr);
    process.exitCode = EXIT.unreachable;
  } finally {
    await observer.close();
  }
};

const watch = async (options: StatusOptions): Promise<void> => {
  const observer = createObserver(options);
  const stop = new AbortController();
  process.once('SIGINT', () => {
    stop.abort();
    // Ends a look that is under way.
    void observer.close();
  });
  const { stdout } = process;
  // Whoever read it, head(1) for example, has seen enough.
  stdout.on('error', () => stop.abort());
  const mode = rendererMode(stdout, options.json);
  applyColourPreference(mode);
  const tryToLook = async (): Promise<StatusReport | Error> => {
    try {
      return await observer.look();
    } catch (error) {
      await observer.close();
      if (isUnreachable(error)) return error;
      throw error;
    }
  };
  try {
    const last = await watchStatus(tryToLook, { mode, stream: stdout, signal: stop.signal });
    const isReport = last !== undefined && !(last instanceof Error);
    process.exitCode = isReport ? STATUS_EXIT[last.level] : EXIT.unreachable;
  } finally {
    await observer.close();
  }
};

/** Whoever asks how a host is gets one answer for all the ways in which it does not say. */
const isUnreachable = (error: unknown): error is HostError | ObservationError =>
  error instanceof HostError || error instanceof ObservationError;

interface Observer {
  /** Connects when there is no connection. */
  look(): Promise<StatusReport>;
  /** Safe to call twice; the next look connects again. */
  close(): Promise<void>;
}

const createObserver = (options: StatusOptions): Observer => {
  const { config, blueprint } = loadRelay(options);
  const name = options.host ?? config.mail_domain;
  let host: Host | undefined;
  let lookAtRelay: LookAtRelay | undefined;
  const connect = async (): Promise<LookAtRelay> => {
    const connected = await connectTo(name, options);
    host = connected;
    const askDns = () => glanceAtDns(connected, config, options.resolver);
    return createLookout({ host: connected, config, blueprint, askDns });
  };
  return {
    look: async () => {
      lookAtRelay ??= await connect();
      return await lookAtRelay();
    },
    close: async () => {
      const open = host;
      host = undefined;
      lookAtRelay = undefined;
      await open?.close();
    },
  };
};
