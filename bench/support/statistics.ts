/** Nearest-rank percentile: a value that was measured. @param share 0 to 1 */
export const percentile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.max(Math.ceil(share * sorted.length) - 1, 0)];
  if (value === undefined) throw new Error('nothing was measured');
  return value;
};

export const median = (values: readonly number[]): number => percentile(values, 0.5);

export interface Summary {
  readonly count: number;
  readonly median: number;
  readonly p95: number;
  readonly worst: number;
}

export const summarize = (values: readonly number[]): Summary => ({
  count: values.length,
  median: median(values),
  p95: percentile(values, 0.95),
  worst: percentile(values, 1),
});
