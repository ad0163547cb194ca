/** `npm run bench:NAME`: gets the clone ready, then runs bench/NAME.ts with the same arguments. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { ROOT, setup } from '../scripts/setup.mjs';

const [name = '', ...args] = process.argv.slice(2);
setup();
const bench = spawn(
  process.execPath,
  ['--import', 'tsx', join(ROOT, 'bench', `${name}.ts`), ...args],
  { stdio: 'inherit', cwd: ROOT },
);
// The benchmark cleans up by itself on these; here only its exit code is waited for.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => bench.kill(signal));
bench.on('exit', (code) => process.exit(code ?? 1));
