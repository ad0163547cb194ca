/** Fetches a kept generation and makes a blueprint of it, which deploys like any other. */
import { RemoteCommandError } from '../../host/errors.ts';
import type { Host } from '../../host/host.ts';
import type { Blueprint } from '../examine.ts';
import { GENERATION_DIR } from '../layout.ts';
import { ObservationError } from '../observe/parse.ts';
import { recoveryPart } from '../recovery.ts';
import type { DesiredState } from '../state.ts';
import { chooseGeneration } from './choose.ts';
import {
  GenerationError,
  noCurrentGeneration,
  otherRelease,
  unreadableGeneration,
} from './errors.ts';
import { type History, readHistory } from './read.ts';
import { STATE_FILE, STATE_HASH_FILE } from './record.ts';
import { decodeState, type StoredState, StoredStateError } from './stored-state.ts';
import { withdraw } from './withdraw.ts';

export interface Rollback {
  /** Its `as` is the generation that is to be deployed again. */
  readonly blueprint: Blueprint & Required<Pick<Blueprint, 'as'>>;
  /** What is damaged, and what that means. */
  readonly warnings: readonly string[];
}

/**
 * @param wanted number of a generation; by default see {@link chooseGeneration}
 * @param today of this cmdeploy: what the host must offer is not kept
 * @throws {GenerationError} there is no such generation, or it cannot be used; nothing was touched
 */
export const prepareRollback = async (
  host: Host,
  wanted: number | undefined,
  today: Blueprint,
): Promise<Rollback> => {
  const history = await readHistory(host);
  const number = chooseGeneration(history, wanted, host.name);
  const { current } = history;
  const isOlder = current !== undefined && current !== number;
  const fetched = await fetchStates(host, isOlder ? [number, current] : [number]);
  const target = read(fetched.get(number));
  if (target instanceof StoredStateError) {
    const others = history.generations.filter((other) => other !== number);
    throw new GenerationError(host.name, unreadableGeneration(number, target.message, others));
  }
  if (history.debian !== 0 && target.platform.debian !== history.debian) {
    const made = target.platform.debian;
    throw new GenerationError(host.name, otherRelease(number, made, history.debian));
  }
  const present = isOlder ? read(fetched.get(current)) : target;
  return {
    blueprint: blueprintOf(number, target, present, today),
    warnings: [...history.warnings, ...warningsAbout(history, present)],
  };
};

const blueprintOf = (
  number: number,
  target: StoredState,
  present: StoredState | StoredStateError,
  today: Blueprint,
): Rollback['blueprint'] => {
  const because = `generation ${number} does not have it`;
  const older = withoutRecovery(target.state);
  const state =
    present instanceof StoredStateError
      ? older
      : withdraw(older, withoutRecovery(present.state), because);
  return { ...today, as: number, parts: () => [{ name: `generation ${number}`, ...state }] };
};

/** The engine's own part is always today's. */
const withoutRecovery = (state: DesiredState): DesiredState => {
  const { files = [], links = [] } = recoveryPart;
  const own = new Set([...files, ...links].map(({ path }) => path));
  const isOthers = ({ path }: { readonly path: string }): boolean => !own.has(path);
  return { ...state, files: state.files.filter(isOthers), links: state.links.filter(isOthers) };
};

const warningsAbout = ({ current }: History, present: StoredState | StoredStateError): string[] => {
  const stays = 'files and services that only it has stay';
  if (current === undefined) return [`The current generation is not known; ${stays}.`];
  if (!(present instanceof StoredStateError)) return [];
  return [`Generation ${current}, the current one, ${present.message}; ${stays}.`];
};

/** @throws {GenerationError} the host has no current generation that this cmdeploy can read */
export const readCurrent = async (
  host: Host,
): Promise<{ readonly number: number; readonly stored: StoredState }> => {
  const { current, generations } = await readHistory(host);
  if (current === undefined) throw new GenerationError(host.name, noCurrentGeneration(generations));
  const stored = read((await fetchStates(host, [current])).get(current));
  if (stored instanceof StoredStateError)
    throw new GenerationError(
      host.name,
      unreadableGeneration(current, stored.message, generations),
    );
  return { number: current, stored };
};

const read = (fetched: Fetched | undefined): StoredState | StoredStateError => {
  try {
    if (fetched === undefined) throw new StoredStateError('is damaged: its file cannot be read');
    return decodeState(fetched.bytes, fetched.sha256);
  } catch (error) {
    if (error instanceof StoredStateError) return error;
    throw error;
  }
};

interface Fetched {
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

const TIMEOUT_MS = 120_000;

/** Ten times what a relay's state takes. What is longer is cut, and so has another hash. Bytes. */
const MAX_STATE_BYTES = 8 * 1024 * 1024;

const fetchScript = (numbers: readonly number[]): string => `
exec 2>/dev/null
for number in ${numbers.join(' ')}; do
  cd ${GENERATION_DIR}/$number || continue
  printf 'state %s %s ' "$number" "$(head -c 64 ${STATE_HASH_FILE} | tr -dc 0-9a-f)"
  head -c ${MAX_STATE_BYTES} ${STATE_FILE} | base64 -w 0
  echo
done
echo end`;

const fetchStates = async (
  host: Host,
  numbers: readonly number[],
): Promise<Map<number, Fetched>> => {
  const argv = ['sh', '-s'] as const;
  const result = await host.exec(argv, {
    input: fetchScript(numbers),
    timeoutMs: TIMEOUT_MS,
    confidential: true,
  });
  if (result.code !== 0) throw new RemoteCommandError(host.name, argv, result);
  const lines = result.stdout.split('\n');
  if (!lines.includes('end')) throw new ObservationError('its answer ends early; run again');
  return new Map(
    lines.flatMap((line) => {
      const [, number, sha256 = '', encoded = ''] =
        /^state (\d+) ([0-9a-f]*) (\S*)$/.exec(line) ?? [];
      if (number === undefined) return [];
      return [[Number(number), { sha256, bytes: Buffer.from(encoded, 'base64') }] as const];
    }),
  );
};
