/** How a run begins and ends on the host's record. */
import { recordFunctions } from '../history/record.ts';
import { BROKEN_FILE, CURRENT_FILE, KEPT_RUNS, LAST_RUN_FILE, RUN_DIR } from '../layout.ts';

/** Bash functions of apply.sh and undo.sh; they need `$run`. */
export const RECORD_FUNCTIONS = `${recordFunctions()}
record_start() {
  note ${LAST_RUN_FILE} "\${run##*/}" && note ${CURRENT_FILE} "\${run##*/}" && history_start
}

# record_end RESULT: deployed, rolled-back or broken. Nothing is open any more.
record_end() {
  history_end "$1"
  if [ "$1" = broken ]; then : > ${BROKEN_FILE}; else rm -f ${BROKEN_FILE}; fi
  if [ "$1" = deployed ]; then : > "$run/finished"; else : > "$run/undone"; fi
  sync -f "$run"
  rm -f ${CURRENT_FILE}
  rm -rf "$run/stage" "$run/reserve"
  # Keep the last runs only.
  (cd ${RUN_DIR} && ls -1t | tail -n +${KEPT_RUNS + 1} | xargs -r rm -rf --)
  find ${RUN_DIR} -maxdepth 1 -name '.2*' -mmin +60 -exec rm -rf {} +
}

# is_committed: whether this run's generation is the current one. keep_generation made it so with the
# rename of a file: an interrupted run is undone before that and kept after it.
is_committed() {
  [ -s "$run/generation" ] && [ "$(cat "$run/generation")" = "$(current_generation)" ]
}

# drop_generation: one that was about to become the current one.
drop_generation() {
  [ ! -s "$run/generation" ] || rm -rf "\${generations:?}/$(cat "$run/generation")"
}
`;
