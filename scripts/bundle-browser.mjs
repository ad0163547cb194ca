/** Bundles the script of the web pages for browsers that are still used (2020 and later). */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

const uqr = JSON.parse(readFileSync(join(ROOT, 'node_modules', 'uqr', 'package.json'), 'utf8'));

await build({
  absWorkingDir: ROOT,
  entryPoints: [join('src', 'browser', 'login.ts')],
  outdir: join('dist', 'browser'),
  bundle: true,
  minify: true,
  platform: 'browser',
  target: 'es2020',
  format: 'iife',
  charset: 'utf8',
  banner: {
    js: `/* Made by cmdeploy; the QR codes by uqr ${uqr.version}, ${uqr.license} license. */`,
  },
  legalComments: 'inline',
  logLevel: 'warning',
});
