/**
 * Reads history.jsonl: what runs left about themselves, in the order of the lines; a clock that
 * jumped cannot disorder them. Lines that make no sense are named and passed over.
 */
import { z } from 'zod';
import { RESULTS, type Result } from './record.ts';

/** A run as the history knows it. What a damaged line took with it is missing. */
export interface RunRecord {
  /** Names its folder on the host. */
  readonly run: string;
  /** By the host's clock; ISO 8601, UTC, whole seconds. */
  readonly started?: string;
  readonly ended?: string;
  /** `alice@laptop`. */
  readonly who?: string;
  /** The address it was started from; `local` on the host itself. */
  readonly from?: string;
  /** Of cmdeploy. */
  readonly version?: string;
  readonly summary: readonly string[];
  /** The generation that was deployed again. */
  readonly as?: number;
  /** Missing while it is under way, and when it was cut short. */
  readonly result?: Result;
  /** What the host had before and afterwards; missing when it had none. */
  readonly before?: number;
  readonly generation?: number;
}

export interface Journal {
  /** The oldest first. */
  readonly runs: readonly RunRecord[];
  /** Each names a line of the file. */
  readonly warnings: readonly string[];
}

/** Every text of a line is short; longer ones were not written by cmdeploy. Characters. */
const text = z.string().max(500);
const time = z.iso.datetime({ precision: 0 });
const generation = z.int().positive().nullable();

const startSchema = z.object({
  event: z.literal('start'),
  run: text,
  time,
  generation,
  from: text.default(''),
  info: z.object({
    who: text,
    version: text,
    summary: z.array(text).max(100),
    as: z.int().positive().optional(),
  }),
});
const endSchema = z.object({
  event: z.literal('end'),
  run: text,
  time,
  result: z.enum(RESULTS),
  generation,
});
const lineSchema = z.discriminatedUnion('event', [startSchema, endSchema]);
type Line = z.output<typeof lineSchema>;

/**
 * @param content of the file or its end, whole lines
 * @param firstLine number of its first line in the file
 */
export const parseJournal = (content: string, firstLine = 1): Journal => {
  const runs = new Map<string, RunRecord>();
  const warnings: string[] = [];
  let latest = '';
  for (const [index, raw] of content.split('\n').entries()) {
    if (raw === '') continue;
    const where = `line ${firstLine + index} of the history`;
    const line = parseLine(raw);
    if (line === undefined) {
      warnings.push(
        `${where} cannot be read and was passed over: ${JSON.stringify(raw.slice(0, 40))}`,
      );
      continue;
    }
    if (line.time < latest) {
      warnings.push(`${where} is of ${line.time}, after one of ${latest}: the clock was set back`);
    }
    latest = line.time;
    runs.set(line.run, { ...(runs.get(line.run) ?? emptyRun(line.run)), ...fieldsOf(line) });
  }
  return { runs: [...runs.values()], warnings };
};

const emptyRun = (run: string): RunRecord => ({ run, summary: [] });

const fieldsOf = (line: Line): Partial<RunRecord> => {
  if (line.event === 'end') {
    const { time: ended, result, generation: number } = line;
    return { ended, result, ...(number === null ? {} : { generation: number }) };
  }
  const { from, generation: before, info } = line;
  const { who, version, summary, as } = info;
  return {
    started: line.time,
    who,
    version,
    summary,
    ...(as === undefined ? {} : { as }),
    ...(from === '' ? {} : { from }),
    ...(before === null ? {} : { before }),
  };
};

const parseLine = (raw: string): Line | undefined => {
  try {
    return lineSchema.safeParse(JSON.parse(raw)).data;
  } catch {
    return undefined;
  }
};
