/** The CLI on a real terminal. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ERASE } from '../../src/cli/output/live-line.ts';
import { renderIni } from '../../src/config/render.ts';
import type { Argv } from '../../src/host/host.ts';
import { quote } from '../../src/host/quote.ts';
import { startSshd } from '../host/sshd.ts';
import { onTerminal } from '../support/pty.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const START = `import('${MAIN}').then(({ main }) => main(process.argv))`;

// It starts processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cmdeploy-terminal-'));
  writeFileSync(join(folder, 'chatmail.ini'), renderIni({ mail_domain: 'chat.example' }));
});
afterEach(() => rmSync(folder, { recursive: true }));

const run = (port: number, ...options: string[]): Argv => [
  process.execPath,
  ...['--import', 'tsx', '--eval', START, '--', 'cmdeploy', 'run'],
  ...['--config', join(folder, 'chatmail.ini')],
  ...['--host', '127.0.0.1', '--ssh-port', String(port), ...options],
];

test('Ctrl-C while connecting: stopped at once, a message, 130, and the log tells', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => silent.once('listening', resolve));
  const { port } = silent.address() as AddressInfo;
  const log = join(folder, 'log');
  const terminal = onTerminal(run(port, '--log', log));
  await terminal.waitFor(/Connecting to 127\.0\.0\.1/);
  terminal.type('\u0003');
  expect(await terminal.ended).toBe(130);
  expect(terminal.output().endsWith(`${ERASE}Stopped. Nothing was changed on 127.0.0.1.\r\n`)).toBe(
    true,
  );
  expect(readFileSync(log, 'utf8')).toMatch(/InterruptedError: Stopped[\s\S]*exit code 130\n$/);
  silent.close();
});

test('Ctrl-C at a question: 130, and the terminal is as it was', async () => {
  const sshd = await startSshd();
  const command = `${quote(run(sshd.target.port))}; echo "code $?"; stty -a`;
  const terminal = onTerminal(['sh', '-c', command], { HOME: folder });
  await terminal.waitFor(/Trust it and continue \(yes\/no\)\? /);
  terminal.type('\u0003');
  await terminal.waitFor(/Stopped\.\r\n/);
  await terminal.waitFor(/code 130\r\n/);
  expect(await terminal.ended).toBe(0);
  expect(terminal.output()).toMatch(/\bisig icanon iexten echo\b/);
  await sshd.stop();
});

test('a log that cannot be written: said before anything is connected', async () => {
  const terminal = onTerminal(run(1, '--log', join(folder, 'none', 'log')));
  expect(await terminal.ended).toBe(2);
  expect(terminal.output()).toMatch(/'--log <file>' argument .* cannot be written \(ENOENT\)/);
  expect(terminal.output()).not.toContain('Connecting');
});
