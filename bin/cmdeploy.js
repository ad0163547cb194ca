#!/usr/bin/env node
import { existsSync } from 'node:fs';

const program = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(program)) {
  const { main } = await import(program.href);
  await main(process.argv);
} else {
  console.error('cmdeploy is not built yet; in its folder run: npm ci');
  process.exitCode = 1;
}
