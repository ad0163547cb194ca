/** Which of the faults of test/e2e/faults.test.ts are tried: a choice, or all of them. */
import process from 'node:process';
import { BREAKAGES, type Breakage } from './broken-daemons.ts';
import { numbersFrom, shuffled } from './choice.ts';
import type { Blow } from './faults.ts';

export const all = process.env['CMDEPLOY_FAULTS'] === 'all';
export const seed = Number(process.env['CMDEPLOY_FAULTS_SEED'] ?? 4);

/** What happens to a run while it is at a step. */
const BLOWS = ['the run is killed', 'the connection is killed', 'the power is cut'] as const;

/** What happens while a run is undone. */
export const BLOWS_TO_UNDO = ['the power is cut', 'the run is killed'] as const;

/** What a relay changes and writes to. */
export const FOLDERS = ['/etc/postfix', '/home/vmail'] as const;

/** More than the change has steps (18), so that each of them is hit. */
const PARTS = 20;

/** Where the steps of the change are, as shares of all of them; the last is the gate's time. */
const MOMENTS = Array.from({ length: PARTS + 1 }, (_, part) => part / PARTS);

/** Room for what a run writes beside the live files, in KiB: too little for its scripts, its copies, or nothing. */
export const ROOMS = [32, 256, 512, 768, 1024, 4096];

interface Case {
  readonly blow: Blow;
  readonly moment: number;
}

/** One of the items by chance, another for the other release; or all. */
export const some = <T>(items: readonly T[], index: number): readonly T[] =>
  all ? items : shuffled(items, numbersFrom(seed)).slice(index, index + 1);

export const breakagesOf = (index: number): readonly Breakage[] => some(BREAKAGES, index);

/** One by chance, or all. */
const momentsOf = (random: () => number): readonly number[] => (all ? MOMENTS : [random()]);

/** To the host it is a connection that ends: one release will do. It waits half a minute for a verdict. */
export const killsOf = (index: number): readonly number[] =>
  all || index === 1 ? momentsOf(numbersFrom(seed)) : [];

export const casesOf = (index: number): Case[] => {
  const random = numbersFrom(seed + index);
  return BLOWS.flatMap((blow) => momentsOf(random).map((moment) => ({ blow, moment })));
};
