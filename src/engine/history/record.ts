/**
 * What a run leaves about itself on the host: lines of history.jsonl, and the generation. Shell
 * functions for the scripts that the host carries out; they need `$run`, the folder of the run.
 */
import { basename } from 'node:path';
import {
  GENERATION_DIR,
  GENERATION_FILE,
  HISTORY_FILE,
  KEPT_GENERATIONS,
  STATE_DIR,
} from '../layout.ts';

/** In the folder of the run: RunInfo as JSON, on one line. */
export const INFO_FILE = 'info';

/** In the folder of the run: the address that it was started from; `local` on the host itself. */
export const FROM_FILE = 'from';

/** In the folder of the run and later of the generation: the output of `encodeState`. */
export const STATE_FILE = 'state.json.gz';

/** Beside the state: its hash, for `sha256sum -c`. */
export const STATE_HASH_FILE = `${STATE_FILE}.sha256`;

/** Beside the state: a script that brings the generation's units up. */
export const SETTLE_FILE = 'settle.sh';

/** How a run ended. */
export const RESULTS = ['deployed', 'rolled-back', 'broken'] as const;
export type Result = (typeof RESULTS)[number];

/**
 * Every function fails when it could not do its part; none relies on `set -e`.
 * - `current_generation`: prints its number, nothing when there is none;
 * - `history_start`: notes that the run begins;
 * - `keep_generation`: makes the state in the run's folder the next generation, the current one;
 * - `history_end RESULT`: notes how the run ended.
 *
 * @param stateDir another one for tests
 */
export const recordFunctions = (stateDir = STATE_DIR): string => `
state_dir=${stateDir}
history=$state_dir/${basename(HISTORY_FILE)}
generations=$state_dir/${basename(GENERATION_DIR)}
generation_file=$state_dir/${basename(GENERATION_FILE)}

# note FILE TEXT: replace a small file at once and on disk.
note() {
  printf '%s\\n' "$2" > "$1.new" && sync "$1.new" && mv -fT "$1.new" "$1"
}

# current_generation: print its number, nothing when there is none. Should the file be damaged, it is the
# last one that is kept.
current_generation() {
  local number
  number=$({ head -c 10 "$generation_file" 2>/dev/null || true; } | tr -d '\\0' |
    { grep -xE '[1-9][0-9]{0,8}' || true; } | head -n 1)
  [ -n "$number" ] || number=$(list_generations | tail -n 1)
  [ -z "$number" ] || echo "$number"
}

# history_line JSON: append a line and see it on disk. One that a power cut has torn is ended first.
history_line() {
  if [ -s "$history" ] && [ "$(tail -c 1 "$history" | od -An -tx1 | tr -d ' ')" != 0a ]; then
    echo >> "$history"
  fi
  (umask 077 && printf '%s\\n' "$1" >> "$history") && sync "$history"
}

history_start() {
  local at from
  at=$(current_generation)
  from=$(head -c 100 "$run/${FROM_FILE}" 2>/dev/null | tr -cd '0-9A-Za-z.:%-') || from=
  history_line "$(printf \\
    '{"event":"start","run":"%s","time":"%s","generation":%s,"from":"%s","info":%s}' \\
    "\${run##*/}" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "\${at:-null}" "$from" \\
    "$(head -c 20000 "$run/${INFO_FILE}" | tr -d '\\n\\0')")"
}

# history_end RESULT: the generation is the one that the host has now. A run that ended before it began
# is on record, too.
history_end() {
  local at
  grep -qsaF "$(printf '"run":"%s"' "\${run##*/}")" "$history" || history_start
  at=$(current_generation)
  history_line "$(printf '{"event":"end","run":"%s","time":"%s","result":"%s","generation":%s}' \\
    "\${run##*/}" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$1" "\${at:-null}")"
}

# list_generations: print the numbers of those that are kept, the oldest first.
list_generations() {
  { ls -1 "$generations" 2>/dev/null || true; } | { grep -xE '[1-9][0-9]{0,8}' || true; } | sort -n
}

# keep_generation: the numbers count up whatever the clock says and whatever file was lost. What the run
# is (${STATE_FILE}) and how its units are brought up (${SETTLE_FILE}, if any) become a generation with
# the rename of the file that holds the current number.
keep_generation() {
  local highest next new
  mkdir -p -m 700 "$generations" || return
  highest=$( { current_generation; list_generations; } | sort -n | tail -n 1)
  next=$((\${highest:-0} + 1))
  new=$generations/$next.new
  rm -rf "$generations"/*.new
  (cd "$run" && sha256sum --quiet -c ${STATE_HASH_FILE}) &&
    mkdir -m 700 "$new" &&
    mv "$run/${STATE_FILE}" "$run/${STATE_HASH_FILE}" "$new/" &&
    { [ ! -e "$run/${SETTLE_FILE}" ] || mv "$run/${SETTLE_FILE}" "$new/"; } &&
    chmod 600 "$new"/* &&
    note "$run/generation" "$next" &&
    mv -T "$new" "$generations/$next" &&
    sync -f "$generations" &&
    note "$generation_file" "$next" || return
  list_generations | head -n -${KEPT_GENERATIONS} | { grep -vx "$next" || true; } |
    while read -r old; do rm -rf "\${generations:?}/$old"; done
}
`;
