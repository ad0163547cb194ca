import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../../templates/system/reload-and-see.sh', import.meta.url));

/** Has a child from the start, and one more with each SIGHUP. */
const DAEMON = `trap 'sleep 1001 &' HUP
trap 'kill $(jobs -p); exit' TERM
sleep 1000 &
echo ready
while :; do wait; done`;

describe('reload-and-see', () => {
  let daemon: ReturnType<typeof spawn>;
  let said = '';
  const reload = (process: string, ...command: readonly string[]) =>
    execa('sh', [SCRIPT, process, ...command], {
      env: { MAINPID: String(daemon.pid) },
      reject: false,
    });

  beforeEach(async () => {
    said = '';
    daemon = spawn('bash', ['-c', DAEMON], { stdio: ['ignore', 'pipe', 'inherit'] });
    daemon.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    await vi.waitUntil(() => said.includes('ready'), { timeout: 10_000 });
  });
  afterEach(() => daemon.kill());

  it('succeeds when the daemon starts a process anew', async () => {
    const { exitCode } = await reload('sleep', 'kill', '-HUP', String(daemon.pid));
    expect(exitCode).toBe(0);
  });

  it('fails at once when the command does', async () => {
    const { exitCode } = await reload('sleep', 'sh', '-c', 'exit 7');
    expect(exitCode).toBe(7);
  });
});
