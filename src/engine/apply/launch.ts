/** How a run gets onto the host and starts there. */
import { createHash } from 'node:crypto';
import type { Argv } from '../../host/host.ts';
import { quote } from '../../host/quote.ts';
import { APPLY_UNIT, CURRENT_FILE, LAST_RUN_FILE, RUN_DIR } from '../layout.ts';
import { sha256 } from '../planning/sha256.ts';

/** Bound of a whole run on the host, in seconds: a first deploy on a slow Raspberry Pi fits. */
export const MAX_RUN_SECONDS = 3600;

/** Bound of an undo, in seconds. */
const MAX_UNDO_SECONDS = 900;

/** How long a run waits for the undoing of one that was cut off. */
const RECOVERY_SECONDS = 300;

/** Exit statuses of the launcher; free in sh and systemd-run. */
export const LAUNCH_EXIT = {
  /** Another run is under way. */
  busy: 96,
  /** Another run has been here since the host was observed, or an unfinished one was undone now. */
  outdated: 97,
} as const;

export const LOG_PROPERTIES = (folder: string): string =>
  `--property=StandardOutput="append:${folder}/log" --property=StandardError="append:${folder}/log"`;

/** A file of the run's folder. */
export interface RunFile {
  readonly name: string;
  readonly content: string | Uint8Array;
}

/** The files as one shell script that writes them into the folder in which it runs. */
export const bundle = (files: readonly RunFile[]): string => files.map(writeCommand).join('');

const writeCommand = ({ name, content }: RunFile): string => {
  const end = `END-${createHash('sha256').update(content).digest('hex')}`;
  if (typeof content === 'string') {
    const text = content.endsWith('\n') ? content : `${content}\n`;
    return `cat > ${quote([name])} <<'${end}'\n${text}${end}\n`;
  }
  const lines = Buffer.from(content)
    .toString('base64')
    .replace(/.{1,120}/g, '$&\n');
  return `base64 -d > ${quote([name])} <<'${end}'\n${lines}${end}\n`;
};

/**
 * Puts the bundle on standard input into the run's folder, starts the run as a transient unit and follows
 * its log until the unit has ended, its undo included. The unit is on its own: when the connection dies it
 * goes on, and its name keeps a second run out. The undo is there twice: the second does nothing unless the
 * first was killed.
 */
const LAUNCHER = `set -eu
umask 077
folder=${RUN_DIR}/$1
at_work() {
  case $(systemctl show --property=ActiveState --value ${APPLY_UNIT}) in
    active | activating | reloading | deactivating) return 0 ;;
  esac
  return 1
}
refuse() {
  cat > /dev/null
  exit "$1"
}
# follow LOG: print it while the unit is at work.
follow() {
  pid=$(systemctl show --property=MainPID --value ${APPLY_UNIT})
  {
    [ "\${pid:-0}" = 0 ] || tail -s 0.2 --pid="$pid" -f /dev/null
    while at_work; do sleep 0.3; done
  } &
  tail -n +1 -s 0.2 --pid=$! -f "$1"
}
origin() {
  pid=$$
  while [ "$pid" -gt 1 ]; do
    address=$(tr '\\0' '\\n' < "/proc/$pid/environ" | sed -n 's/^SSH_CONNECTION=\\([^ ]*\\).*/\\1/p')
    [ -z "$address" ] || break
    pid=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$pid/status")
  done
  printf '%s\\n' "\${address:-local}" | tr -cd '0-9A-Za-z.:%\\n-'
}
if at_work; then refuse ${LAUNCH_EXIT.busy}; fi
if [ -s ${CURRENT_FILE} ]; then
  cut_off=${RUN_DIR}/$(cat ${CURRENT_FILE})
  if [ -e "$cut_off/undo.sh" ]; then
    systemd-run --quiet --collect --unit=${APPLY_UNIT} --property=RuntimeMaxSec=${MAX_UNDO_SECONDS} \\
      ${LOG_PROPERTIES('$cut_off')} -- /bin/bash "$cut_off/undo.sh" || true
    # After a boot the host may be about to do so by itself.
    for _ in $(seq ${RECOVERY_SECONDS}); do
      [ -s ${CURRENT_FILE} ] || break
      sleep 1
    done
  else
    rm -f ${CURRENT_FILE}
  fi
  refuse ${LAUNCH_EXIT.outdated}
fi
[ "$(cat ${LAST_RUN_FILE} 2>/dev/null || true)" = "$3" ] || refuse ${LAUNCH_EXIT.outdated}
mkdir -p ${RUN_DIR}
incoming=${RUN_DIR}/.$1
mkdir "$incoming"
trap 'rm -rf "$incoming"' EXIT
cd "$incoming"
cat > bundle
[ "$(sha256sum < bundle)" = "$2  -" ] || { echo 'the script arrived damaged' >&2; exit 1; }
sh ./bundle
rm bundle
origin > from
: > log
[ ! -e "$folder" ]
mv "$incoming" "$folder"
cd "$folder"
systemd-run --quiet --collect --unit=${APPLY_UNIT} --description="cmdeploy run by $4" \\
  --property=RuntimeMaxSec=${MAX_RUN_SECONDS} --property=TimeoutStopSec=${MAX_UNDO_SECONDS} \\
  --property=KillMode=mixed --property=ExecStopPost="-/bin/bash $folder/undo.sh" \\
  --property=ExecStopPost="/bin/bash $folder/undo.sh" \\
  ${LOG_PROPERTIES('$folder')} -- /bin/bash "$folder/apply.sh" || {
  status=$?
  cd /
  rm -rf "$folder"
  ! at_work || exit ${LAUNCH_EXIT.busy}
  exit "$status"
}
follow "$folder/log"`;

/**
 * @param text made by {@link bundle}, for standard input
 * @param lastRun id of the run that was the last when the host was observed
 * @param who for the unit's description
 */
export const launcher = (runId: string, text: string, lastRun: string, who: string): Argv => [
  'sh',
  '-c',
  LAUNCHER,
  'cmdeploy',
  runId,
  sha256(text),
  lastRun,
  who.replace(/[^\w.@-]/g, '_'),
];
