/** What the demo has measured, and how it is told. */
import { performance } from 'node:perf_hooks';

export interface Delivery {
  readonly from: string;
  readonly to: string;
  /** From the sender's call until the receiver's event. */
  readonly ms: number;
}

export interface Step {
  readonly name: string;
  readonly seconds: number;
}

export interface Report {
  readonly ok: boolean;
  readonly steps: readonly Step[];
  readonly deliveries: readonly Delivery[];
  readonly medianMs: number | undefined;
  readonly slowestMs: number | undefined;
}

/** The middle value; between the two middle ones when their number is even. */
export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  return upper === undefined || lower === undefined ? undefined : (lower + upper) / 2;
}

export function describeDeliveries(deliveries: readonly Delivery[]): string {
  const directions = new Map<string, number[]>();
  for (const { from, to, ms } of deliveries) {
    const name = `${from} -> ${to}`;
    directions.set(name, [...(directions.get(name) ?? []), ms]);
  }
  const lines = [...directions].map(
    ([name, times]) => `   ${name}: ${times.map((ms) => ms.toFixed(0)).join(', ')} ms`,
  );
  const all = deliveries.map(({ ms }) => ms);
  const middle = median(all)?.toFixed(0);
  const summary = `   ${all.length} messages: median ${middle} ms, slowest ${Math.max(...all).toFixed(0)} ms`;
  return [...lines, summary].join('\n');
}

/** Runs the steps one after the other, says what is done and how long it took. */
export class Steps {
  readonly done: Step[] = [];

  async run<R>(name: string, work: () => Promise<R>): Promise<R> {
    console.log(`\n== ${name}`);
    const started = performance.now();
    const result = await work();
    const seconds = (performance.now() - started) / 1000;
    this.done.push({ name, seconds: Math.round(seconds * 10) / 10 });
    console.log(`   ${seconds.toFixed(1)} s`);
    return result;
  }
}
