/**
 * Compiles the CLI to dist/ and bundles what runs elsewhere: chatmaild's programs on the relay, the
 * pages' script in browsers.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { BUILD_STAMP, hashOfSources } from './sources.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const DIST = join(ROOT, 'dist');

function node(...args) {
  const { status, error } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/** The compiler leaves what it wrote for sources that are gone; a program could still import it. */
function removeLeftovers() {
  for (const entry of readdirSync(DIST, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    if (!entry.isFile() || !/\.js(\.map)?$/.test(path)) continue;
    const source = relative(DIST, path).replace(/\.js(\.map)?$/, '.ts');
    if (!existsSync(join(ROOT, 'src', source))) rmSync(path);
  }
}

// The sources as they are now: what changes while the compiler runs must be seen as new.
const sources = hashOfSources(ROOT);
rmSync(join(ROOT, BUILD_STAMP), { force: true });
node(join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json');
removeLeftovers();
node(join('scripts', 'bundle-chatmaild.mjs'));
node(join('scripts', 'bundle-browser.mjs'));
writeFileSync(join(ROOT, BUILD_STAMP), sources);
