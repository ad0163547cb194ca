/** What every benchmark does: read its options, have a lab of its own, print and write its figures. */
import { writeFile } from 'node:fs/promises';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { withLab } from './lab.ts';
import { describeMachine, type Machine } from './machine.ts';
import { formatTable, type Table } from './table.ts';

export interface Report {
  readonly tables: readonly Table[];
  /** Whatever is worth keeping of the single measurements, for `--json`. */
  readonly figures: unknown;
}

/** Numbers that the user may choose, by option name, with their defaults. */
type Numbers = Readonly<Record<string, number>>;

export interface Choices<N extends Numbers> {
  readonly debian: '12' | '13';
  readonly numbers: N;
}

/**
 * Runs a benchmark. Its options are `--debian 12|13`, `--json FILE` and one for each of `defaults`.
 * Sets the exit code 1 when it fails, after its lab was taken down.
 */
export const runBench = async <N extends Numbers>(
  name: string,
  defaults: N,
  work: (choices: Choices<N>) => Promise<Report>,
): Promise<void> => {
  try {
    const { choices, json } = readOptions(defaults);
    const before = describeMachine();
    const report = await withLab(() => work(choices));
    const after = describeMachine();
    print(report, before, after);
    if (json !== undefined) {
      const content = { version: 1, bench: name, ended: new Date(), before, after, ...choices };
      await writeFile(json, `${JSON.stringify({ ...content, ...report }, null, 2)}\n`);
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
};

const readOptions = <N extends Numbers>(
  defaults: N,
): { choices: Choices<N>; json: string | undefined } => {
  const numeric = Object.keys(defaults).map((key) => [key, { type: 'string' }] as const);
  const { values } = parseArgs({
    options: {
      debian: { type: 'string', default: '13' },
      json: { type: 'string' },
      ...Object.fromEntries(numeric),
    },
  });
  const { debian, json, ...given } = values;
  if (debian !== '12' && debian !== '13') throw new Error('--debian must be 12 or 13');
  const chosen = Object.entries(given).map(([key, text]) => [key, positive(key, text)] as const);
  return {
    choices: { debian, numbers: { ...defaults, ...Object.fromEntries(chosen) } },
    json: typeof json === 'string' ? json : undefined,
  };
};

const positive = (key: string, value: unknown): number => {
  const number = Number(value);
  if (Number.isInteger(number) && number > 0) return number;
  throw new Error(`--${key} must be a whole number above 0`);
};

const print = ({ tables }: Report, before: Machine, after: Machine): void => {
  for (const table of tables) console.log(`\n${formatTable(table)}`);
  const { cpu, cores, memoryMiB, kernel, node } = before;
  console.log(
    `\n${cores} x ${cpu}, ${memoryMiB} MiB, Linux ${kernel}, Node.js ${node}; ` +
      `load average ${before.load1m} before, ${after.load1m} after`,
  );
};

/** Progress goes to stderr; stdout is for the tables. */
export const note = (text: string): void => console.error(`bench: ${text}`);
