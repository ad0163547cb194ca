/**
 * `npm test`: format, lint, types, unit tests, then the tests on real Debian hosts in a lab of their
 * own, which is taken down however this ends. `--unit` leaves the hosts out. The last line is
 * `N passed, N failed`; every vitest test counts, format and lint together count as one, so do types.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { ROOT, setup } from './setup.mjs';

const BIN = join(ROOT, 'node_modules', '.bin');
const CMDEPLOY = join(ROOT, 'bin', 'cmdeploy.js');
/** Not under /tmp, which may be small: hosts write here. The process id tells abandoned ones. */
const LABS = '/var/tmp';
const LAB_PREFIX = 'cmdeploy-test-';
const LAB = join(LABS, `${LAB_PREFIX}${process.pid}`);
const PATIENCE_MS = 20_000;
/** A process group is ended as a whole; but sudo, if it must ask, needs that of the terminal. */
const OWN_GROUP = process.getuid?.() === 0;

const total = { passed: 0, failed: 0 };
let child;
let interruptedBy;

/** Runs a command to its end. */
function run(program, args, env = {}) {
  return new Promise((resolve) => {
    child = spawn(program, args, {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...env },
      detached: OWN_GROUP,
    });
    child.on('error', (error) => {
      console.error(`${program}: ${error.message}`);
      resolve(1);
    });
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

function title(text) {
  console.log(`\n== ${text}`);
}

async function check(name, program, args) {
  if (interruptedBy) return;
  title(name);
  const code = await run(join(BIN, program), args);
  if (code === 0) console.log('ok');
  total[code === 0 ? 'passed' : 'failed'] += 1;
}

/** A run that found no tests, or ended before it could report, is a failure too. */
function countsOf(report, code) {
  if (!existsSync(report)) return { passed: 0, failed: 1 };
  const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8'));
  const silentFailure = numFailedTests === 0 && (code !== 0 || numPassedTests === 0);
  return { passed: numPassedTests, failed: silentFailure ? 1 : numFailedTests };
}

async function vitest(name, project, env) {
  if (interruptedBy) return;
  title(name);
  const folder = mkdtempSync(join(tmpdir(), 'cmdeploy-report-'));
  const report = join(folder, 'report.json');
  const code = await run(
    join(BIN, 'vitest'),
    [
      'run',
      '--project',
      project,
      '--reporter=default',
      '--reporter=json',
      `--outputFile=${report}`,
    ],
    env,
  );
  const counts = countsOf(report, code);
  rmSync(folder, { recursive: true });
  total.passed += counts.passed;
  total.failed += counts.failed;
}

/** Only when something is missing sudo may have to ask. */
async function testPackages() {
  if (existsSync('/usr/sbin/sshd') && existsSync('/usr/bin/openssl')) return;
  title('Debian packages for the tests');
  const script = [process.execPath, join(ROOT, 'scripts', 'test-packages.mjs')];
  const [program, ...args] = process.getuid?.() === 0 ? script : ['sudo', ...script];
  if ((await run(program, args)) !== 0) console.error('The tests that need them will fail.');
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

async function takeDown(lab) {
  if (!existsSync(lab)) return;
  const code = await run(process.execPath, [CMDEPLOY, 'lab', 'down'], { CMDEPLOY_LAB_DIR: lab });
  if (code === 0) rmSync(lab, { recursive: true, force: true });
  else console.error(`The lab in ${lab} could not be taken down; the next "npm test" tries again.`);
}

async function takeDownAbandoned() {
  for (const name of readdirSync(LABS)) {
    const pid = Number(name.startsWith(LAB_PREFIX) ? name.slice(LAB_PREFIX.length) : Number.NaN);
    if (!Number.isInteger(pid) || isAlive(pid)) continue;
    console.log(`Taking down the lab of an interrupted run: ${join(LABS, name)}`);
    await takeDown(join(LABS, name));
  }
}

async function labTests() {
  if (process.platform !== 'linux') {
    title('Lab');
    console.error('The lab needs Linux. "npm run test:unit" runs everything that does not.');
    total.failed += 1;
    return;
  }
  await takeDownAbandoned();
  const env = { CMDEPLOY_LAB_DIR: LAB };
  try {
    await vitest('The lab itself', 'lab', env);
    await takeDown(LAB);
    await vitest('Relays on Debian 12 and 13, in the lab', 'relay', env);
  } finally {
    await takeDown(LAB);
  }
}

/** Ends the running command; what follows it in order, the clean-up included, still happens. */
function interrupt(signal) {
  if (interruptedBy) return;
  interruptedBy = signal;
  console.error(`\n${signal}: stopping, then cleaning up.`);
  const running = child;
  if (!running?.pid || running.exitCode !== null) return;
  process.kill(OWN_GROUP ? -running.pid : running.pid, 'SIGTERM');
  setTimeout(() => running.kill('SIGKILL'), PATIENCE_MS).unref();
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, interrupt);

setup();
await testPackages();
await check('Format and lint', 'biome', ['check', '.']);
await check('Types', 'tsc', ['--noEmit']);
await check('Types of the scripts of the pages', 'tsc', ['--noEmit', '-p', 'src/browser']);
await vitest('Unit tests', 'unit');
if (!process.argv.includes('--unit') && !interruptedBy) await labTests();

if (interruptedBy) total.failed += 1;
console.log(`\n${total.passed} passed, ${total.failed} failed`);
if (interruptedBy) process.exitCode = 128 + constants.signals[interruptedBy];
else process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
