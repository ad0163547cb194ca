import { Command } from 'commander';
import type { Config } from '../../config/schema.ts';
import { type DeployResult, deploy } from '../../engine/deploy.ts';
import type { Host } from '../../host/host.ts';
import { type ConfirmOptions, confirmOn } from '../confirm.ts';
import { permissionOptions, type SessionOptions, sessionOptions, withSession } from '../session.ts';
import { whoRuns } from '../who.ts';
import { showPlan } from './plan.ts';

interface RunOptions extends SessionOptions, ConfirmOptions {
  readonly dryRun?: true;
}

export const runCommand = (): Command =>
  permissionOptions(
    sessionOptions(
      new Command('run').alias('deploy').description('deploy the relay, or bring it up to date'),
    ),
  )
    .option('--yes', 'do not ask before something is removed or people are disconnected')
    .option('--dry-run', 'show what it would do, like "cmdeploy plan"')
    .action((options: RunOptions) => (options.dryRun ? showPlan(options) : run(options)));

const run = (options: RunOptions): Promise<void> =>
  withSession(options, async ({ config, blueprint, host, emit, interrupt }) => {
    const result = await deploy(host, blueprint, emit, {
      who: whoRuns(),
      confirm: confirmOn({ blueprint }, options),
      signal: interrupt.signal,
      onChanging: interrupt.changing,
    });
    if (options.json) console.log(JSON.stringify(report(host, config, result), null, 2));
  });

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
