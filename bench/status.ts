/** How long `cmdeploy status` takes of a relay that is well: with the host near, and 30 ms away. */
import { note, type Report, runBench } from './support/bench.ts';
import { FarHost } from './support/deployment.ts';
import { summarize } from './support/statistics.ts';
import { seconds } from './support/table.ts';

const ROUND_TRIPS_MS = [0, 30] as const;

await runBench('status', { looks: 20 }, async ({ debian, numbers }): Promise<Report> => {
  const figures = [];
  for (const roundTripMs of ROUND_TRIPS_MS) {
    const host = await FarHost.up(`rtt${roundTripMs}`, debian, roundTripMs);
    try {
      await host.deploy(true);
      const times: number[] = [];
      for (let look = 0; look < numbers.looks; look += 1) {
        times.push(await host.status());
        note(`a look at ${roundTripMs} ms: ${seconds(times.at(-1) ?? 0)} s`);
      }
      figures.push({ roundTripMs, times, ...summarize(times) });
    } finally {
      await host.down();
    }
  }
  const rows = figures.map(({ roundTripMs, count, median, p95, worst }) => [
    `${roundTripMs} ms`,
    ...[count, seconds(median), seconds(p95), seconds(worst)],
  ]);
  const columns = ['round trip', 'looks', 'median s', 'p95 s', 'worst s'];
  return { tables: [{ title: 'cmdeploy status, process start to exit', columns, rows }], figures };
});
