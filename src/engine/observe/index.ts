import { RemoteCommandError } from '../../host/errors.ts';
import type { Host } from '../../host/host.ts';
import type { Facts, Query } from '../facts.ts';
import { parseFacts } from './parse.ts';
import { observeScript } from './script.ts';

/** Far above what a busy Raspberry Pi needs; milliseconds. */
const TIMEOUT_MS = 120_000;

/** A few kilobytes are usual; a host that answers with more than this is not sane. */
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;

/** Looks at a host in one command. Reads only. */
export const observe = async (host: Host, query: Query): Promise<Facts> => {
  const argv = ['sh', '-s'] as const;
  const asked = Date.now();
  const result = await host.exec(argv, {
    input: observeScript(query),
    timeoutMs: TIMEOUT_MS,
    maxOutputBytes: MAX_OUTPUT_BYTES,
  });
  if (result.code !== 0) throw new RemoteCommandError(host.name, argv, result);
  const facts = parseFacts(result.stdout, query);
  const { now } = facts.machine;
  if (now === undefined) return facts;
  const clockOffsetMs = distance(now, asked, Date.now());
  return { ...facts, machine: { ...facts.machine, clockOffsetMs } };
};

/** How far `time` is outside of an interval; below 0 when it is before. */
const distance = (time: number, from: number, to: number): number =>
  time < from ? time - from : Math.max(0, time - to);
