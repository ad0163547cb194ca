/** Reads files of a host for a preview, in one command. */
import { RemoteCommandError } from '../../host/errors.ts';
import type { Host } from '../../host/host.ts';
import { quote } from '../../host/quote.ts';
import { ObservationError } from '../observe/parse.ts';

/** More than any configuration file; a bundle that is larger is compared by its hash only. Bytes. */
export const MAX_FILE_BYTES = 256 * 1024;

const TIMEOUT_MS = 60_000;

/** One line a file, in the order asked for: its base64 text, or nothing when there is none. */
const readScript = (paths: readonly string[]): string =>
  [
    'read_file() { if [ -f "$1" ]; then head -c "$2" "$1" | base64 -w 0; fi; echo; }',
    ...paths.map((path) => quote(['read_file', path, String(MAX_FILE_BYTES + 1)])),
  ].join('\n');

/**
 * The contents of `paths`; missing files are not in the result, of long ones there is the
 * beginning, longer than {@link MAX_FILE_BYTES}.
 */
export const readFiles = async (
  host: Host,
  paths: readonly string[],
): Promise<ReadonlyMap<string, Buffer>> => {
  if (paths.length === 0) return new Map();
  const argv = ['sh', '-s'] as const;
  const result = await host.exec(argv, {
    input: readScript(paths),
    timeoutMs: TIMEOUT_MS,
    confidential: true,
  });
  if (result.code !== 0) throw new RemoteCommandError(host.name, argv, result);
  const lines = result.stdout.split('\n');
  if (lines.length !== paths.length + 1) throw new ObservationError('its files came incomplete');
  return new Map(
    paths.flatMap((path, index) => {
      const encoded = lines[index] ?? '';
      return encoded === '' ? [] : [[path, Buffer.from(encoded, 'base64')] as const];
    }),
  );
};
