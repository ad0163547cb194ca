import { Command } from 'commander';
import type { Blueprint } from '../../engine/examine.ts';
import { shareOf } from '../../engine/history/share.ts';
import { type DeployingOptions, deployingOptions, deployOrder } from '../deploying.ts';
import { permissionOptions, type Session, sessionOptions, withSession } from '../session.ts';
import { showPlan } from './plan.ts';

interface RunOptions extends DeployingOptions {
  readonly dryRun?: true;
}

export const runCommand = (): Command =>
  deployingOptions(
    permissionOptions(
      sessionOptions(
        new Command('run').alias('deploy').description('deploy the relay, or bring it up to date'),
      ),
    ),
  )
    .option('--website-only', 'deploy only the web pages, to a host that is a relay already')
    .option('--dry-run', 'show what it would do, like "cmdeploy plan"')
    .action((options: RunOptions) => (options.dryRun ? showPlan(options) : run(options)));

const run = (options: DeployingOptions): Promise<void> =>
  withSession(options, async (session) => {
    await deployOrder(session, options, () => orderOf(session, options));
  });

const orderOf = async (
  { host, blueprint }: Session,
  { websiteOnly }: DeployingOptions,
): Promise<Blueprint> => (websiteOnly ? await shareOf(host, blueprint) : blueprint);
