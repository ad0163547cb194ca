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
  const result = await host.exec(argv, {
    input: observeScript(query),
    timeoutMs: TIMEOUT_MS,
    maxOutputBytes: MAX_OUTPUT_BYTES,
  });
  if (result.code !== 0) throw new RemoteCommandError(host.name, argv, result);
  return parseFacts(result.stdout, query);
};
