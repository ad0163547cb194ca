/** `npm run demo`: gets the clone ready, then runs demo/main.ts with the same arguments. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { ROOT, setup } from './setup.mjs';

setup();
const demo = spawn(
  process.execPath,
  ['--import', 'tsx', join(ROOT, 'demo', 'main.ts'), ...process.argv.slice(2)],
  { stdio: 'inherit', cwd: ROOT },
);
// The demo ends itself in order on these; here only its exit code is waited for.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => demo.kill(signal));
demo.on('exit', (code) => process.exit(code ?? 1));
