import { Command, InvalidArgumentError } from 'commander';
import type { Blueprint } from '../../engine/examine.ts';
import { prepareRollback } from '../../engine/history/rollback.ts';
import { recheckDomain } from '../../relay/takeover.ts';
import { type DeployingOptions, deployingOptions, deployOrder } from '../deploying.ts';
import { changeDomainOption, type Session, sessionOptions, withSession } from '../session.ts';
import { previewOrder } from './plan.ts';

interface RollbackOptions extends DeployingOptions {
  readonly dryRun?: true;
}

const parseGeneration = (text: string): number => {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be the number of a generation (see "cmdeploy history").');
};

export const rollbackCommand = (): Command =>
  deployingOptions(
    sessionOptions(
      new Command('rollback')
        .description('deploy an earlier generation again')
        .argument(
          '[generation]',
          'its number (see "cmdeploy history"); default: the one before the current',
          parseGeneration,
        ),
    ),
  )
    .addOption(changeDomainOption())
    .option('--dry-run', 'show what it would do, with diffs; writes nothing')
    .action((generation: number | undefined, options: RollbackOptions) =>
      withSession(options, (session) => rollback(session, options, generation)),
    );

const rollback = async (
  session: Session,
  options: RollbackOptions,
  wanted: number | undefined,
): Promise<void> => {
  const { host } = session;
  const say = (line: string): void => {
    if (!options.json) console.log(line);
  };
  const prepare = async (): Promise<Blueprint> => {
    const { blueprint, warnings } = await prepareRollback(host, wanted, session.blueprint);
    const findings = warnings.map(toFinding);
    if (findings.length > 0) session.emit({ kind: 'warned', host: host.name, warnings: findings });
    say(`${host.name}: rollback to generation ${blueprint.as}`);
    return recheckDomain(blueprint, options);
  };
  if (options.dryRun) {
    await previewOrder(session, options, await prepare());
    return;
  }
  await deployOrder(session, options, prepare);
  say('The next "cmdeploy run" deploys chatmail.ini again: mend that first, if it was the cause.');
};

const toFinding = (what: string) =>
  ({ level: 'warning', what, fix: 'More about it: docs/rollback.md' }) as const;
