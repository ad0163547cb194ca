/**
 * Tries out the relay on its own host as two people with two accounts would:
 *
 *     node probe.cjs DOMAIN OPTIONS
 *
 * Prints what does not work, or with `--json` one line with everything. Exit status 0: the relay does
 * its job; 1: it does not. Ends within 20 seconds and leaves no account behind.
 */
import { parseProbeArguments } from './probe/arguments.ts';
import { inText } from './probe/report.ts';
import { probe } from './probe/run.ts';

const MAX_MS = 20_000;

const stopped = new Promise<Error>((resolve) => {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => resolve(new Error(`the probe was ended by ${signal}`)));
  }
});

const main = async (): Promise<void> => {
  const options = parseProbeArguments(process.argv.slice(2));
  setTimeout(() => {
    process.stderr.write(`the probe did not come to an end within ${MAX_MS / 1000} s\n`);
    process.exit(1);
  }, MAX_MS).unref();
  const report = await probe(options, stopped);
  process.stdout.write(`${options.json ? JSON.stringify(report) : inText(report)}\n`);
  process.exitCode = report.ok ? 0 : 1;
};

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
