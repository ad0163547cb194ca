/** What `run` and `rollback` have in common: deploy, or wait for another run and deploy then. */
import { type Command, InvalidArgumentError } from 'commander';
import type { Config } from '../config/schema.ts';
import { type DeployResult, deploy } from '../engine/deploy.ts';
import type { Blueprint } from '../engine/examine.ts';
import { waitForLock } from '../engine/lock-wait.ts';
import type { Host } from '../host/host.ts';
import { mailDomainOf } from '../relay/mail-domain.ts';
import { type ConfirmOptions, confirmOn } from './confirm.ts';
import type { Session, SessionOptions } from './session.ts';
import { whoRuns } from './who.ts';
import { witnessOf } from './witness.ts';

export interface DeployingOptions extends SessionOptions, ConfirmOptions {
  /** Seconds. */
  readonly lockWait?: number;
}

/** A day: whoever waits longer has forgotten it. */
const MAX_LOCK_WAIT = 86_400;

const parseSeconds = (text: string): number => {
  const seconds = Number(text);
  if (/^\d{1,5}$/.test(text) && seconds <= MAX_LOCK_WAIT) return seconds;
  throw new InvalidArgumentError(`It must be a number of seconds between 0 and ${MAX_LOCK_WAIT}.`);
};

export const deployingOptions = (command: Command): Command =>
  command
    .option('--yes', 'do not ask before something is removed or people are disconnected')
    .option(
      '--lock-wait <seconds>',
      'how long to wait for the end of another run (default: not at all)',
      parseSeconds,
    );

/** @param prepare called again after a wait: the other run may have changed what it said */
export const deployOrder = async (
  { config, host, emit, interrupt }: Session,
  options: DeployingOptions,
  prepare: () => Promise<Blueprint>,
): Promise<DeployResult> => {
  const result = await waitForLock(host, options.lockWait ?? 0, emit, async () => {
    const blueprint = await prepare();
    // A former generation may be of another domain, with another certificate.
    const isFormer = blueprint.as !== undefined;
    const domain = (isFormer ? mailDomainOf(blueprint) : undefined) ?? config.mail_domain;
    const target = { ...options, host: options.host ?? config.mail_domain };
    const witness = witnessOf(target, domain, { anyCertificate: isFormer });
    return await deploy(host, blueprint, emit, {
      who: whoRuns(),
      confirm: confirmOn({ blueprint }, options),
      ...(witness ? { witness } : {}),
      signal: interrupt.signal,
      onChanging: interrupt.changing,
    });
  });
  if (options.json) console.log(JSON.stringify(report(host, config, result), null, 2));
  return result;
};

/** The machine-readable result; `version` counts up when the meaning of a field changes. */
const report = (
  host: Host,
  config: Config,
  { outcome, platform, plan, changed, generation, warnings, notices, ms }: DeployResult,
) => ({
  version: 1,
  host: host.name,
  domain: config.mail_domain,
  platform,
  outcome,
  generation,
  changed,
  warnings,
  steps: plan.steps,
  notices,
  ms,
  ssh: host.counters,
});
