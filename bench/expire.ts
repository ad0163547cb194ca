/** How long the nightly deletion takes with many mailboxes, and how much memory. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { labDir } from '../src/lab/paths.ts';
import { note, type Report, runBench } from './support/bench.ts';
import { timed, writeIni } from './support/lab.ts';
import { type MailStore, makeMailStore } from './support/mail-store.ts';
import { mebibytes, seconds } from './support/table.ts';

const PROGRAM = fileURLToPath(new URL('../dist/chatmaild/expire.cjs', import.meta.url));
const DOMAIN = '_bench.test';
const POLL_MS = 50;

interface Pass {
  readonly ms: number;
  readonly peakKib: number;
  /** What the program says it did. */
  readonly summary: string;
}

/** Runs the program once over the store, as the timer does. */
const pass = async ({ dir }: MailStore, ini: string): Promise<Pass> => {
  const connected = join(labDir(), 'connected');
  await writeFile(connected, 'username\tproto\n');
  let peakKib = 0;
  const { ms, result } = await timed(async () => {
    const args = [
      '--max-old-space-size=64',
      '--max-semi-space-size=1',
      PROGRAM,
      ini,
      '--mail-dir',
      dir,
    ];
    const child = spawn('node', [...args, '--connected', connected], {
      stdio: ['ignore', 'inherit', 'pipe'],
    });
    let summary = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      summary += text;
    });
    const poll = setInterval(() => {
      peakKib = peakMemory(child.pid) ?? peakKib;
    }, POLL_MS);
    const [code] = await once(child, 'close');
    clearInterval(poll);
    if (code !== 0) throw new Error(`expire.cjs failed with exit status ${code}: ${summary}`);
    return summary.trim();
  });
  note(result);
  return { ms, peakKib, summary: result };
};

/** VmHWM of proc_pid_status(5) in KiB; undefined when the process has ended. */
const peakMemory = (pid: number | undefined): number | undefined => {
  try {
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return peak === undefined ? undefined : Number(peak);
  } catch {
    return undefined;
  }
};

/** The first pass finds something to delete, the second nothing: a usual night is in between. */
const measure = async (mailboxes: number, messages: number): Promise<readonly [Pass, Pass]> => {
  const store = { dir: join(labDir(), 'mail'), domain: DOMAIN, mailboxes, messages };
  await mkdir(join(store.dir, DOMAIN), { recursive: true });
  const ini = await writeIni(DOMAIN, {});
  note(`making ${mailboxes} mailboxes`);
  makeMailStore(store);
  try {
    return [await pass(store, ini), await pass(store, ini)];
  } finally {
    await rm(store.dir, { recursive: true });
  }
};

const SMALLER = 10;

await runBench(
  'expire',
  { mailboxes: 100_000, messages: 4 },
  async ({ numbers: { mailboxes, messages } }): Promise<Report> => {
    const figures = [];
    for (const count of [Math.ceil(mailboxes / SMALLER), mailboxes])
      figures.push({ mailboxes: count, passes: await measure(count, messages) });
    const rows = figures.flatMap(({ mailboxes: count, passes }) =>
      passes.map(({ ms, peakKib }, index) => [
        `${count} mailboxes, ${index === 0 ? 'first pass' : 'nothing to delete'}`,
        seconds(ms),
        mebibytes(peakKib),
      ]),
    );
    return {
      tables: [{ title: 'Deletion', columns: ['', 'time s', 'peak memory MiB'], rows }],
      figures,
    };
  },
);
