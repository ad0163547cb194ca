/** Reads what the runs before have left on record; part of the one look. */
import { z } from 'zod';
import type { RecordFacts } from '../facts.ts';
import { BROKEN_FILE, CURRENT_FILE, GENERATION_FILE, LAST_RUN_FILE, RUN_DIR } from '../layout.ts';
import type { OpenRun, RunInfo } from '../run-info.ts';

/** POSIX sh; a name and a value a line. */
export const recordsScript = `
printf 'last-run %s\\n' "$(head -c 100 ${LAST_RUN_FILE})"
printf 'generation %s\\n' "$(head -c 20 ${GENERATION_FILE})"
[ -e ${BROKEN_FILE} ] && echo 'broken yes'
open=$(head -c 100 ${CURRENT_FILE})
case $open in
  '' | *[!0-9TZ]*) ;;
  *)
    printf 'open %s\\nsince %s\\n' "$open" "$(stat -c %Y ${CURRENT_FILE})"
    printf 'from %s\\n' "$(head -n 1 "${RUN_DIR}/$open/from" | head -c 100)"
    printf 'info %s\\n' "$(head -c 100000 "${RUN_DIR}/$open/info" | base64 -w 0)"
    ;;
esac
`;

/** @param active whether the unit of a run is at work */
export const parseRecords = (lines: readonly string[], active: boolean): RecordFacts => {
  const values = new Map(
    lines.map((line) => {
      const [name = '', ...words] = line.split(' ');
      return [name, words.join(' ')] as const;
    }),
  );
  const lastRun = values.get('last-run');
  const generation = wholeNumber(values.get('generation'));
  const open = openRun(values, active);
  return {
    ...(lastRun && RUN_ID.test(lastRun) ? { lastRun } : {}),
    ...(generation === undefined ? {} : { generation }),
    broken: values.get('broken') === 'yes',
    ...(open === undefined ? {} : { open }),
  };
};

const RUN_ID = /^[0-9TZ]+$/;

const wholeNumber = (text: string | undefined): number | undefined =>
  text !== undefined && /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined;

const openRun = (values: ReadonlyMap<string, string>, active: boolean): OpenRun | undefined => {
  const runId = values.get('open');
  if (runId === undefined || !RUN_ID.test(runId)) return undefined;
  const since = wholeNumber(values.get('since')?.slice(0, 10));
  const from = values.get('from');
  const info = parseInfo(values.get('info'));
  return {
    runId,
    active,
    ...(since === undefined ? {} : { since: since * 1000 }),
    ...(from ? { from } : {}),
    ...(info === undefined ? {} : { info }),
  };
};

const infoSchema = z.object({
  who: z.string().max(300),
  version: z.string().max(100),
  summary: z.array(z.string()),
});

const parseInfo = (base64: string | undefined): RunInfo | undefined => {
  try {
    return infoSchema.parse(JSON.parse(Buffer.from(base64 ?? '', 'base64').toString('utf8')));
  } catch {
    return undefined;
  }
};
