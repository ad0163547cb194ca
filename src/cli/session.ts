/** What the commands that deploy and those that only look have in common. */
import { type Command, Option } from 'commander';
import type { Config } from '../config/schema.ts';
import type { Emit } from '../engine/events.ts';
import { type Blueprint, PreflightError } from '../engine/examine.ts';
import type { Host } from '../host/host.ts';
import { type ConnectionOptions, connectionOptions, connectTo } from './connection.ts';
import { createInterrupt, type Interrupt } from './interrupt.ts';
import { type LoadOptions, loadRelay } from './load-relay.ts';
import { logEvent } from './log/log-event.ts';
import { createRenderer, rendererMode } from './output/renderer.ts';

export interface SessionOptions extends ConnectionOptions, LoadOptions {
  readonly host?: string;
  readonly json?: true;
}

/** Where the relay is and what it should be. */
export const sessionOptions = (command: Command): Command =>
  connectionOptions(
    command
      .option('--host <host>', 'name or address of the host, or localhost; default: the domain')
      .option('--config <file>', 'configuration of the relay', 'chatmail.ini')
      .option('--json', 'print the result as JSON'),
  );

/** What a deploy does only when it is told to; `plan` has them to show what comes of it. */
export const permissionOptions = (command: Command): Command =>
  command
    .option('--replace-configuration', "replace other people's mail and web servers on the host")
    .addOption(changeDomainOption());

export const changeDomainOption = (): Option =>
  new Option('--change-domain', 'give the relay another domain although it has accounts');

export interface Session {
  readonly config: Config;
  readonly blueprint: Blueprint;
  readonly host: Host;
  readonly emit: Emit;
  readonly interrupt: Interrupt;
}

/**
 * Loads the configuration, connects, runs `work`, and closes whatever happens.
 * @throws InterruptedError, HostGoesOnError: the process should end, `work` may hang in the air
 */
export const withSession = async (
  options: SessionOptions,
  work: (session: Session) => Promise<void>,
): Promise<void> => {
  const { config, blueprint } = loadRelay(options);
  const name = options.host ?? config.mail_domain;
  const renderer = createRenderer(process.stdout, rendererMode(process.stdout, options.json));
  const emit: Emit = (event) => {
    if (options.log) logEvent(options.log, event);
    renderer.emit(event);
  };
  const interrupt = createInterrupt(name);
  const connectAndWork = async (): Promise<void> => {
    emit({ kind: 'connecting', host: name });
    const host = await connectTo(name, options);
    try {
      await work({ config, blueprint, host, emit, interrupt });
    } finally {
      await host.close();
    }
  };
  try {
    await interrupt.guard(connectAndWork());
  } catch (error) {
    if (options.json && error instanceof PreflightError)
      console.log(JSON.stringify(refusal(error, config), null, 2));
    throw error;
  } finally {
    interrupt.dispose();
    renderer.close();
  }
};

/** The machine-readable refusal; `version` counts up when the meaning of a field changes. */
const refusal = ({ host, errors, warnings }: PreflightError, { mail_domain }: Config): object => ({
  version: 1,
  host,
  domain: mail_domain,
  outcome: 'refused',
  errors,
  warnings,
});
