/**
 * undo.sh of a run: brings back what was there before. systemd runs it whenever the run's unit ends
 * (ExecStopPost), however it ended; it does nothing when the run has come to its good end. Everything in
 * it may be done twice: the power may go while it works. After a boot it comes in two halves: the files
 * before any unit starts (`undo.sh boot`), the rest when the host is up.
 */
import { quote } from '../../host/quote.ts';
import { APPLY_UNIT, GENERATION_DIR, RUN_DIR } from '../layout.ts';
import { LOG_PROPERTIES } from './launch.ts';
import type { Kept } from './previous.ts';
import { RECORD_FUNCTIONS } from './record.ts';
import { PACKAGE_FUNCTIONS, prelude } from './shell.ts';

/** Bound of the second half after a boot, in seconds. */
const MAX_UNDO_SECONDS = 900;

export const undoScript = (runId: string, { paths, directories, units }: Kept): string =>
  `${[
    '#!/bin/bash',
    `# Undo run ${runId} of cmdeploy, unless it has come to its good end.`,
    prelude(`${RUN_DIR}/${runId}`),
    RECORD_FUNCTIONS,
    PACKAGE_FUNCTIONS,
    FUNCTIONS,
    `restore_files() {\n${calls('retire_unit', units)}\n${calls('restore', paths)}\n${calls('restore_directory', directories)}\n}\n`,
    `restore_units() {\n${calls('restore_unit', units)}\n}\n`,
    main(`${RUN_DIR}/${runId}`),
  ].join('\n')}\n`;

const calls = (name: string, args: readonly string[]): string =>
  ['  :', ...args.map((arg) => `  ${quote([name, arg])} || failed=yes`)].join('\n');

const FUNCTIONS = `
mode=\${1:-now}
failed=

# end_leftovers: a child of the run, such as dpkg, may have outlived it.
end_leftovers() {
  local file pid
  for file in $(grep -lsE '/${APPLY_UNIT.replace('.', '\\.')}$' /proc/[0-9]*/cgroup); do
    pid=\${file#/proc/}
    pid=\${pid%/cgroup}
    [ "$pid" = $$ ] || kill -KILL "$pid" 2>/dev/null
  done
}

# property UNIT NAME: what it was before the run.
property() { sed -n "s/^$2=//p" "$run/units/$1" 2>/dev/null; }

# retire_unit UNIT: one that the run has brought must end while its files are still there.
retire_unit() {
  [ "$(property "$1" LoadState)" = not-found ] || return 0
  [ "$(systemctl show --property=LoadState --value -- "$1")" != not-found ] || return 0
  systemctl --no-block --quiet stop -- "$1"
  [ "$mode" = boot ] || systemctl --quiet stop -- "$1"
  systemctl --quiet disable -- "$1"
  return 0
}

attributes() { stat -c '%u:%g %a %F' -- "$1"; }

# same PATH PATH: whether content, owner and mode are the same.
same() {
  if [ -L "$1" ] || [ -L "$2" ]; then
    [ -L "$1" ] && [ -L "$2" ] && [ "$(readlink -- "$1")" = "$(readlink -- "$2")" ]
  else
    [ -f "$1" ] && [ -f "$2" ] && cmp -s -- "$1" "$2" && [ "$(attributes "$1")" = "$(attributes "$2")" ]
  fi
}

exists() { [ -e "$1" ] || [ -L "$1" ]; }

# restored PATH: noted before it is done, for settle.sh.
restored() { printf '%s\\n' "$1" >> "$run/restored"; }

# restore PATH: bring back the file or link that was there, or that there was none.
restore() {
  rm -rf -- "$1.cmdeploy-new"
  if ! exists "$previous$1"; then
    exists "$1" || return 0
    restored "$1"
    rm -f -- "$1"
    return
  fi
  if [ -d "$previous$1" ] && [ ! -L "$previous$1" ]; then
    [ -d "$1" ] || { rm -f -- "$1"; mkdir -p -- "$1"; }
    restore_directory "$1"
    return
  fi
  ! same "$previous$1" "$1" || return 0
  restored "$1"
  mkdir -p -- "$(dirname -- "$1")"
  cp -a -- "$previous$1" "$1.cmdeploy-new" && mv -fT -- "$1.cmdeploy-new" "$1"
}

# restore_directory PATH: its owner and mode; one that the run has made stays.
restore_directory() {
  [ -d "$previous$1" ] || return 0
  chown --reference="$previous$1" -- "$1" && chmod --reference="$previous$1" -- "$1"
}

# restore_unit UNIT: enabled or not, masked or not, as it was.
restore_unit() {
  local load file now
  load=$(property "$1" LoadState)
  file=$(property "$1" UnitFileState)
  now=$(systemctl show --property=UnitFileState --value -- "$1")
  [ -n "$load" ] && [ "$load" != not-found ] && [ "$now" != "$file" ] || return 0
  case $now in masked) systemctl --quiet unmask -- "$1" ;; esac
  case $file in
    enabled) systemctl --quiet enable -- "$1" ;;
    disabled) systemctl --quiet disable -- "$1" ;;
    masked) systemctl --quiet mask -- "$1" ;;
  esac
  [ "$mode" = now ] && [ "$(property "$1" ActiveState)" = active ] || return 0
  systemctl is-active --quiet "$1" || systemctl start "$1"
}

# conclude RESULT CODE
conclude() {
  record_end "$1"
  progress "$1"
  progress end "$2"
  exit 0
}
`;

const main = (folder: string): string => `
if [ -e "$run/finished" ] || [ -e "$run/undone" ]; then exit 0; fi
if [ "$mode" = boot ] && systemctl is-active --quiet ${APPLY_UNIT}; then exit 0; fi
if is_committed; then
  record_end deployed
  progress generation "$(current_generation)"
  progress end 0
  exit 0
fi
end_leftovers
drop_generation
rm -rf "$run/stage" "$run/reserve"
[ "$mode" = boot ] || progress undo
allow_starts
if [ -z "$(current_generation)" ] || [ -e "$run/repair" ]; then
  [ "$mode" = boot ] || echo 'there is no other generation to go back to'
  progress first
  conclude broken 6
fi

if [ -e "$run/kept" ]; then
  [ "$mode" != boot ] || : > "$run/booted"
  restore_files
  systemctl daemon-reload || failed=yes
  restore_units
  sync -f /etc
  sync -f "$run"
fi

if [ "$mode" = boot ]; then
  exec systemd-run --quiet --collect --no-block --unit=${APPLY_UNIT} \\
    --description='undo a run of cmdeploy that was cut off' \\
    --property=After=multi-user.target --property=RuntimeMaxSec=${MAX_UNDO_SECONDS} \\
    --property=ExecStopPost="/bin/bash $run/undo.sh" \\
    ${LOG_PROPERTIES(folder)} -- /bin/bash "$run/undo.sh"
fi
# A host that goes down starts nothing any more; the next boot finds the run unfinished.
case $(systemctl is-system-running) in stopping) exit 0 ;; esac

if [ -e "$run/installing" ]; then
  forbid_starts
  dpkg --configure -a --force-confdef --force-confold || failed=yes
  allow_starts
fi
if [ -s "$run/restored" ] || [ -s "$run/acted" ] || [ -e "$run/installing" ] || [ -e "$run/judged" ]; then
  bash "${GENERATION_DIR}/$(current_generation)/settle.sh" "$run" || failed=yes
fi
if [ -n "$failed" ]; then conclude broken 6; fi
conclude rolled-back 5`;
