/**
 * Brings a clone to the point where it can run: npm packages as in package-lock.json, a build of
 * the present sources. Does nothing, and says nothing, when both are there. Uses only Node itself,
 * because it runs before the packages exist.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { BUILD_STAMP, hashOfSources } from './sources.mjs';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const OLDEST_NODE = 20;

/** Node refuses nothing by itself: `engines` in package.json is only a warning to npm. */
function refuseOldNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major >= OLDEST_NODE) return;
  console.error(
    `cmdeploy needs Node.js ${OLDEST_NODE} or newer; this is ${process.version}.\n` +
      'Debian 13 has it (apt install nodejs npm); elsewhere see https://nodejs.org/',
  );
  process.exit(1);
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Whether every package of the lock file is installed in its locked version. */
function packagesAreCurrent() {
  const wanted = readJson(join(ROOT, 'package-lock.json'))?.packages ?? {};
  const installed = readJson(join(ROOT, 'node_modules', '.package-lock.json'))?.packages;
  if (!installed) return false;
  return Object.entries(wanted).every(
    ([path, { version, optional, peer }]) =>
      path === '' || optional || peer || installed[path]?.version === version,
  );
}

function buildIsCurrent() {
  const stamp = join(ROOT, BUILD_STAMP);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === hashOfSources(ROOT);
}

/** Runs a command; its output is shown only when it fails. */
function run(what, program, args) {
  const started = Date.now();
  process.stdout.write(`${what} ... `);
  const result = spawnSync(program, args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 << 20 });
  if (result.status === 0) {
    console.log(`${((Date.now() - started) / 1000).toFixed(1)} s`);
    return;
  }
  console.log('failed');
  console.error(result.stdout ?? '');
  console.error(result.stderr ?? result.error?.message ?? '');
  console.error(`"${program} ${args.join(' ')}" failed; its output is above.`);
  process.exit(1);
}

/**
 * `--ignore-scripts`: none of our packages needs its install script, and our own `prepare` would
 * build a first time what is built below.
 */
export function setup() {
  refuseOldNode();
  if (!packagesAreCurrent()) {
    run('Installing npm packages', 'npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
  }
  if (!buildIsCurrent()) {
    run('Building', process.execPath, [join(ROOT, 'scripts', 'build.mjs')]);
  }
}
