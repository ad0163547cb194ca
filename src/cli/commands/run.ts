import { Command } from 'commander';
import { loadConfigFile } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { type DeployResult, deploy } from '../../engine/deploy.ts';
import type { Host } from '../../host/host.ts';
import { openHost } from '../../host/open.ts';
import { relayBlueprint } from '../../relay/blueprint.ts';
import { type ConnectionOptions, connectionOptions, sshDeps, targetOf } from '../connection.ts';
import { createRenderer, rendererMode } from '../output/renderer.ts';
import { VERSION } from '../version.ts';

interface RunOptions extends ConnectionOptions {
  readonly config: string;
  readonly host?: string;
  readonly json?: true;
}

export const runCommand = (): Command =>
  connectionOptions(
    new Command('run')
      .alias('deploy')
      .description('deploy the relay, or bring it up to date')
      .option('--host <host>', 'name or address of the host, or localhost; default: the domain')
      .option('--config <file>', 'configuration of the relay', 'chatmail.ini')
      .option('--json', 'print the result as JSON'),
  ).action(run);

const run = async (options: RunOptions): Promise<void> => {
  const { config, warnings } = loadConfigFile(options.config);
  for (const warning of warnings) console.error(warning);
  const blueprint = relayBlueprint(config, VERSION);
  const name = options.host ?? config.mail_domain;
  const renderer = createRenderer(process.stdout, rendererMode(process.stdout, options.json));
  renderer.emit({ kind: 'connecting', host: name });
  const host = await openHost(targetOf(name, options), sshDeps());
  try {
    const result = await deploy(host, blueprint, renderer.emit);
    if (options.json) console.log(JSON.stringify(report(host, config, result), null, 2));
  } finally {
    renderer.close();
    await host.close();
  }
};

/** The machine-readable result; `version` counts up when the meaning of a field changes. */
const report = (
  host: Host,
  config: Config,
  { platform, plan, changed, notices, ms }: DeployResult,
) => ({
  version: 1,
  host: host.name,
  domain: config.mail_domain,
  platform,
  changed,
  steps: plan.steps,
  notices,
  ms,
  ssh: host.counters,
});
