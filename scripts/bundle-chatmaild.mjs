/**
 * Bundles chatmaild's services, one CommonJS file each without node_modules, for the Node.js of
 * Debian 12 (18) and 13 (20). Not minified: a stack trace in the journal must be readable, and the
 * files are small anyway. The same sources give the same bytes.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

await build({
  absWorkingDir: ROOT,
  entryPoints: [
    'filter',
    'accounts',
    'certificate',
    'expire',
    'mxdeliv',
    'mxsend',
    'probe',
    'push',
  ].map((name) => join('src', 'chatmaild', `${name}.ts`)),
  outdir: join('dist', 'chatmaild'),
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  target: 'node18',
  format: 'cjs',
  charset: 'utf8',
  legalComments: 'inline',
  logLevel: 'warning',
});
