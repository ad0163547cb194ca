/** What every check of records is made of, and what all of them treat alike. */
import { type Difference, differs, UNKNOWN, type Verdict } from '../finding.ts';
import type { Question } from '../message.ts';
import type { Level, RecordData, RecordType, WantedRecord } from '../records.ts';
import type { View } from '../view.ts';

export type Look = View['lookup'];

/** Judges one set of records as one server shows it. Pure. */
export interface Check {
  /** `chat.example MX`: for messages. */
  readonly topic: string;
  /** The records whose state the verdict is. Empty: the check looks for something else. */
  readonly records: readonly WantedRecord[];
  readonly questions: readonly Question[];
  readonly judge: (look: Look) => Verdict;
}

type DataOf<T extends RecordType> = Extract<RecordData, { readonly type: T }>;

/** The records at a name, or the verdict when there is nothing to compare. */
export const dataAt = <T extends RecordType>(
  look: Look,
  name: string,
  type: T,
): { readonly data: readonly DataOf<T>[]; readonly alias?: string } | Verdict => {
  const found = look(name, type);
  switch (found.kind) {
    case 'failed':
    case 'elsewhere':
      return UNKNOWN;
    case 'loop':
      return differs(loopDifference(name, found.chain));
    case 'none':
      return { data: [], ...(found.alias !== undefined && { alias: found.alias }) };
    case 'records': {
      const data = found.data.filter((item): item is DataOf<T> => item.type === type);
      return { data, ...(found.alias !== undefined && { alias: found.alias }) };
    }
  }
};

export const loopDifference = (name: string, chain: readonly string[]): Difference => ({
  what: `${name} is a CNAME that leads in a circle: ${chain.join(' -> ')}`,
  impact: 'now',
  level: 'required',
  there: [`CNAME ${chain[1] ?? name}`],
  should: [],
  fix: `Remove the CNAME record at ${name}`,
});

interface MissingOptions {
  readonly level: Level;
  readonly impact: Difference['impact'];
  readonly should: readonly string[];
}

/** @param type with a word about its use behind it where a name has several: `TXT (SPF)` */
export const missing = (name: string, type: string, options: MissingOptions): Verdict =>
  differs({
    what: `${name} has no ${type} record`,
    there: [],
    fix: `Add: ${name} ${type.replace(/ .*/, '')} ${options.should.join(' and ')}`,
    ...options,
  });

/** A record of the relay that only one text can be compared with. */
export const textOf = (record: WantedRecord): string =>
  record.data.type === 'TXT' ? record.data.text : '';
