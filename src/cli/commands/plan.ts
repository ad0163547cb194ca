import { Command } from 'commander';
import type { Blueprint } from '../../engine/examine.ts';
import { renderDiffs, renderInterruption } from '../output/diff.ts';
import {
  permissionOptions,
  type Session,
  type SessionOptions,
  sessionOptions,
  withSession,
} from '../session.ts';

export const planCommand = (): Command =>
  permissionOptions(
    sessionOptions(
      new Command('plan').description('show what "cmdeploy run" would do; writes nothing'),
    ),
  ).action(showPlan);

/** Prints the plan with a diff of every file and the interruption to expect. */
export const showPlan = (options: SessionOptions): Promise<void> =>
  withSession(options, (session) => previewOrder(session, options, session.blueprint));

/** The same for whatever would be deployed. */
export const previewOrder = async (
  { config, host, emit }: Session,
  options: SessionOptions,
  blueprint: Blueprint,
): Promise<void> => {
  // Only who compares files waits for the library that does.
  const { preview } = await import('../../engine/preview/index.ts');
  const { platform, plan, warnings, files, interruption } = await preview(host, blueprint, emit);
  if (options.json) {
    const domain = config.mail_domain;
    const { steps } = plan;
    const report = {
      version: 1,
      host: host.name,
      domain,
      platform,
      warnings,
      steps,
      files,
      interruption,
    };
    console.log(JSON.stringify(report, null, 2));
    return;
  }
  for (const line of renderDiffs(files)) console.log(line);
  console.log(renderInterruption(interruption));
};
