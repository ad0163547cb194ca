/** What a host tells about its runs and generations, in one command. Reads only. */
import { RemoteCommandError } from '../../host/errors.ts';
import type { Host } from '../../host/host.ts';
import { APPLY_UNIT, GENERATION_DIR, GENERATION_FILE, HISTORY_FILE } from '../layout.ts';
import { ObservationError } from '../observe/parse.ts';
import { type Journal, parseJournal, type RunRecord } from './journal.ts';

export interface History {
  /** The oldest first. */
  readonly runs: readonly RunRecord[];
  /** The generation that the host has now; missing when it has none, or its note is damaged. */
  readonly current?: number;
  /** Those that can be deployed again, in ascending order. */
  readonly generations: readonly number[];
  /** Debian's major release on the host; 0 when it is not Debian. */
  readonly debian: number;
  /** Whether a run is at work now: it is the last of `runs`. */
  readonly running: boolean;
  /** What in it is damaged, and where; for the operator. */
  readonly warnings: readonly string[];
}

const TIMEOUT_MS = 60_000;

/** Runs are some kilobytes a piece at most; older ones than fit are not shown. */
const MAX_JOURNAL_BYTES = 1024 * 1024;

const historyScript = `
export LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin
exec 2>/dev/null
echo "debian $(. /etc/os-release; [ "$ID" = debian ] && echo "$VERSION_ID")"
echo "active $(systemctl show --property=ActiveState --value ${APPLY_UNIT})"
[ ! -e ${GENERATION_FILE} ] || echo "current $(head -c 20 ${GENERATION_FILE} | base64 -w 0)"
for folder in ${GENERATION_DIR}/*/; do
  [ ! -s "$folder/state.json.gz" ] || echo "generation $(basename "$folder")"
done
if [ -e ${HISTORY_FILE} ]; then
  echo "lines $(tr -d '\\0' < ${HISTORY_FILE} | grep -c '')"
  echo "bytes $(stat -c %s ${HISTORY_FILE})"
  echo "journal $(tail -c ${MAX_JOURNAL_BYTES} ${HISTORY_FILE} | base64 -w 0)"
fi
echo end`;

/** @throws {ObservationError} its answer is cut short; and what executing throws */
export const readHistory = async (host: Host): Promise<History> => {
  const argv = ['sh', '-s'] as const;
  const result = await host.exec(argv, { input: historyScript, timeoutMs: TIMEOUT_MS });
  if (result.code !== 0) throw new RemoteCommandError(host.name, argv, result);
  return parseHistory(result.stdout);
};

/** @throws {ObservationError} the output is cut short */
export const parseHistory = (output: string): History => {
  const lines = output.split('\n');
  if (!lines.includes('end')) throw new ObservationError('its answer ends early; run again');
  const values = (name: string): string[] =>
    lines.flatMap((line) => (line.startsWith(`${name} `) ? [line.slice(name.length + 1)] : []));
  const [active = ''] = values('active');
  const [debian = ''] = values('debian');
  const { current, warnings } = currentOf(values('current')[0]);
  const generations = values('generation').filter(isGeneration).map(Number);
  const journal = journalOf(
    fromBase64(values('journal')[0] ?? ''),
    Number(values('lines')[0] ?? 0),
    Number(values('bytes')[0] ?? 0),
  );
  return {
    runs: journal.runs,
    ...(current === undefined ? {} : { current }),
    generations: generations.sort((a, b) => a - b),
    debian: Number(debian) || 0,
    running: ['active', 'activating', 'deactivating', 'reloading'].includes(active),
    warnings: [...warnings, ...journal.warnings],
  };
};

const isGeneration = (name: string): boolean => /^[1-9]\d{0,8}$/.test(name);

const fromBase64 = (encoded: string): string => Buffer.from(encoded, 'base64').toString('utf8');

const currentOf = (encoded: string | undefined): { current?: number; warnings: string[] } => {
  if (encoded === undefined) return { warnings: [] };
  const text = fromBase64(encoded).trim();
  if (isGeneration(text)) return { current: Number(text), warnings: [] };
  const found = JSON.stringify(text);
  return {
    warnings: [`${GENERATION_FILE} is damaged: ${found} is not the number of a generation`],
  };
};

/** @param lines how many the file has; `text` is the end of it when `bytes` exceeds the bound */
const journalOf = (text: string, lines: number, bytes: number): Journal => {
  if (bytes <= MAX_JOURNAL_BYTES) return parseJournal(text);
  const whole = text.slice(text.indexOf('\n') + 1);
  const shown = whole.split('\n').length - (whole.endsWith('\n') ? 1 : 0);
  return parseJournal(whole, lines - shown + 1);
};
