import { Command } from 'commander';
import { initCommand } from './commands/init.ts';
import { labCommand } from './commands/lab.ts';
import { runCommand } from './commands/run.ts';
import { reportError } from './errors.ts';
import { VERSION } from './version.ts';

const createProgram = (): Command =>
  new Command('cmdeploy')
    .description('Turns a bare Debian host into a chatmail relay over SSH.')
    .version(VERSION)
    .addCommand(initCommand())
    .addCommand(runCommand())
    .addCommand(labCommand())
    .showHelpAfterError('(cmdeploy --help shows the commands)');

/** Runs one command line; sets `process.exitCode` (see `exit-codes.ts`), never throws. */
export const main = async (argv: readonly string[]): Promise<void> => {
  try {
    await createProgram().parseAsync(argv);
  } catch (error) {
    process.exitCode = reportError(error, process.stderr);
  }
};
