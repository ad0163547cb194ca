/**
 * How long a deployment takes: the first, one with nothing to do, one after a one-line change of
 * chatmail.ini; with the host near and 30 ms away; beside what apt alone takes for the packages.
 */
import { note, type Report, runBench } from './support/bench.ts';
import { aptAlone, type DeployRun, FarHost, packagesOf } from './support/deployment.ts';
import { hostDown, hostUp } from './support/lab.ts';
import { median } from './support/statistics.ts';
import { seconds, type Table } from './support/table.ts';

const ROUND_TRIPS_MS = [0, 30] as const;

type Kind = 'first' | 'unchanged' | 'changed';
type Measured = DeployRun & { readonly kind: Kind; readonly roundTripMs: number };

interface Debian {
  readonly debian: '12' | '13';
}

/** One host at each distance; their runs take turns, so that what else the machine does hits both. */
const deployments = async ({ debian }: Debian, repeats: number): Promise<Measured[]> => {
  const runs: Measured[] = [];
  const hosts: FarHost[] = [];
  const measure = async (host: FarHost, kind: Kind) => {
    const run = await host.deploy(kind !== 'unchanged');
    expectKind(kind, run);
    runs.push({ ...run, kind, roundTripMs: host.roundTripMs });
    note(`${kind} run at ${host.roundTripMs} ms: ${seconds(run.wallMs)} s`);
  };
  try {
    for (const roundTripMs of ROUND_TRIPS_MS) {
      const host = await FarHost.up(`rtt${roundTripMs}`, debian, roundTripMs);
      hosts.push(host);
      await measure(host, 'first');
    }
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      for (const kind of ['unchanged', 'changed'] as const) {
        for (const host of hosts) await measure(host, kind);
      }
    }
  } finally {
    for (const host of hosts) await host.down();
  }
  return runs;
};

const expectKind = (kind: Kind, { changed, installed }: DeployRun): void => {
  const found = installed.length > 0 ? 'first' : changed ? 'changed' : 'unchanged';
  if (found !== kind) throw new Error(`expected a ${kind} run, it was a ${found} one`);
};

const aptRun = async ({ debian }: Debian, packages: readonly string[]): Promise<number> => {
  const host = await hostUp('apt', debian);
  try {
    const ms = await aptAlone(host, packages);
    note(`apt alone: ${seconds(ms)} s`);
    return ms;
  } finally {
    await hostDown(host.name);
  }
};

/** A run that is not counted fills the caches of packages and of the file system. */
const warmUp = async ({ debian }: Debian): Promise<readonly string[]> => {
  note('a first run that is not counted');
  const host = await FarHost.up('warmup', debian, 0);
  try {
    return packagesOf(await host.deploy(true));
  } finally {
    await host.down();
  }
};

const bench = async (
  choice: Debian & { readonly numbers: { readonly rounds: number; readonly repeats: number } },
): Promise<Report> => {
  const packages = await warmUp(choice);
  const aptMs: number[] = [];
  const runs: Measured[] = [];
  for (let round = 0; round < choice.numbers.rounds; round += 1) {
    aptMs.push(await aptRun(choice, packages));
    runs.push(...(await deployments(choice, choice.numbers.repeats)));
  }
  return { tables: [runTable(runs), aptTable(runs, aptMs)], figures: { aptMs, packages, runs } };
};

const select = (runs: readonly Measured[], kind: Kind, roundTripMs: number): Measured[] =>
  runs.filter((run) => run.kind === kind && run.roundTripMs === roundTripMs);

const runTable = (runs: readonly Measured[]): Table => ({
  title: 'cmdeploy run, process start to exit, seconds',
  columns: ['run', 'round trip', 'runs', 'median', 'worst', 'connections', 'execs'],
  rows: (['first', 'unchanged', 'changed'] as const).flatMap((kind) =>
    ROUND_TRIPS_MS.map((roundTripMs) => {
      const selected = select(runs, kind, roundTripMs);
      const wall = selected.map(({ wallMs }) => wallMs);
      const most = (count: (run: Measured) => number) => Math.max(...selected.map(count));
      return [
        kind,
        `${roundTripMs} ms`,
        selected.length,
        seconds(median(wall)),
        seconds(Math.max(...wall)),
        most(({ connections }) => connections),
        most(({ execs }) => execs),
      ];
    }),
  ),
});

const aptTable = (runs: readonly Measured[], aptMs: readonly number[]): Table => {
  const firstMs = median(select(runs, 'first', 0).map(({ wallMs }) => wallMs));
  return {
    title: 'First run and apt alone (update and install of the same packages), seconds',
    columns: ['', 'median'],
    rows: [
      ['apt alone', seconds(median(aptMs))],
      ['first run, round trip 0 ms', seconds(firstMs)],
      ['difference', seconds(firstMs - median(aptMs))],
    ],
  };
};

await runBench('deploy', { rounds: 3, repeats: 5 }, bench);
