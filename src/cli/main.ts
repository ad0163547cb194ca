import { Command } from 'commander';
import { dkimCommand } from './commands/dkim.ts';
import { dnsCommand } from './commands/dns.ts';
import { historyCommand } from './commands/history.ts';
import { initCommand } from './commands/init.ts';
import { labCommand } from './commands/lab.ts';
import { planCommand } from './commands/plan.ts';
import { rollbackCommand } from './commands/rollback.ts';
import { runCommand } from './commands/run.ts';
import { statusCommand } from './commands/status.ts';
import { webdevCommand } from './commands/webdev.ts';
import { reportError } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import type { DebugLog } from './log/debug-log.ts';
import { logEnd, logStart } from './log/frame.ts';
import { VERSION } from './version.ts';

const createProgram = (): Command => {
  const program = new Command('cmdeploy')
    .description('Turns a bare Debian host into a chatmail relay over SSH.')
    .version(VERSION)
    // The options of `dns` and of `dns apply` have the same names.
    .enablePositionalOptions()
    .addCommand(initCommand())
    .addCommand(planCommand())
    .addCommand(runCommand())
    .addCommand(statusCommand())
    .addCommand(historyCommand())
    .addCommand(rollbackCommand())
    .addCommand(dnsCommand())
    .addCommand(dkimCommand())
    .addCommand(webdevCommand())
    .addCommand(labCommand());
  throwOnExit(program);
  return program;
};

/** commander would end the process with its own exit codes. */
const throwOnExit = (command: Command): void => {
  command.exitOverride();
  command.commands.forEach(throwOnExit);
};

/** Runs one command line; sets `process.exitCode` (see `exit-codes.ts`), never throws. */
export const main = async (argv: readonly string[]): Promise<void> => {
  let log: DebugLog | undefined;
  const program = createProgram().hook('preAction', (_program, command) => {
    log = command.opts<{ log?: DebugLog }>().log;
    if (log) logStart(log, argv);
  });
  try {
    await program.parseAsync(argv);
    if (log) logEnd(log, process.exitCode);
  } catch (error) {
    process.exitCode = reportError(error, process.stderr);
    if (log) logEnd(log, process.exitCode, error);
    // The host may still be waited for; nobody wants to know any more.
    if (process.exitCode === EXIT.interrupted) process.exit();
  }
};
