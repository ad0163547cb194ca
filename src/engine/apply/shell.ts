/** What the scripts of a run have in common: bash functions, and the words they say to the CLI. */

import { quote } from '../../host/quote.ts';
import { POLICY_RC_D, POLICY_RC_D_TEXT, STAMP_DIR } from '../layout.ts';

/** First character of the lines that tell where a script is: ASCII record separator. */
export const PROGRESS_MARK = '\u001e';

/** Long enough for a program to fail at its first look at its configuration. Seconds. */
const SETTLE_SECONDS = 1;

/** Bound of one gate, in seconds: a gate that hangs must not keep the host from going back. */
const GATE_SECONDS = 120;

/** Between the two times that a gate is asked. */
const GATE_PAUSE_SECONDS = 5;

/** @param folder of the run, or a shell expression for it */
export const prelude = (folder: string): string => `set -uo pipefail
umask 022
cd /
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
# Units are restarted by the plan, not by needrestart while apt runs.
export NEEDRESTART_SUSPEND=1
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

run=${folder}
previous=$run/previous
progress() { printf '\\036%s\\n' "$*"; }
`;

export const UNIT_FUNCTIONS = `
# act_on_unit ACTION UNIT: start, restart or reload; on failure show what the unit said. A unit that
# failed too often must be forgiven first. A socket cannot restart under its service.
act_on_unit() {
  local services= status=0
  systemctl reset-failed "$2" 2>/dev/null || true
  case "$1 $2" in
    restart*.socket)
      services=$(systemctl show --property=Triggers --value "$2")
      systemctl stop $services
      ;;
  esac
  systemctl "$1" "$2" || status=$?
  [ -z "$services" ] || systemctl start $services || status=$?
  [ "$status" = 0 ] || journalctl --no-pager --lines=15 --output=cat --unit="$2"
  return "$status"
}

# stamp NAME FILE... -- PACKAGE...: note what NAME has been started with.
stamp() {
  local name=$1 sum version package
  mkdir -p ${STAMP_DIR}
  shift
  {
    while [ "$1" != -- ]; do
      if [ -f "$1" ]; then sum=$(sha256sum < "$1"); else sum=-; fi
      printf '%s\\t%s\\n' "$1" "\${sum%% *}"
      shift
    done
    shift
    for package in "$@"; do
      version=$(dpkg-query -W -f='\${Version}' "$package" 2>/dev/null) || version=-
      printf '%s\\t%s\\n' "$package" "$version"
    done
  } > "${STAMP_DIR}/.$name.new" && mv -fT "${STAMP_DIR}/.$name.new" "${STAMP_DIR}/$name"
}

# confirm_units UNIT...: see that they stay up.
confirm_units() {
  local unit down=
  sleep ${SETTLE_SECONDS}
  for unit in "$@"; do
    systemctl is-active --quiet "$unit" || down="$down $unit"
  done
  [ -n "$down" ] || return 0
  echo "not running:$down"
  journalctl --no-pager --lines=15 --output=cat $(printf -- '--unit=%s ' $down)
  return 1
}

# gate NAME COMMAND...: whether what runs now does its job. It is asked twice: a service that has just
# started may need a moment, and a deploy is not undone for that.
gate() {
  local name=$1 status=0 output
  shift
  progress gate-start "$name"
  output=$(timeout --kill-after=5 ${GATE_SECONDS} "$@" < /dev/null 2>&1) || {
    sleep ${GATE_PAUSE_SECONDS}
    output=$(timeout --kill-after=5 ${GATE_SECONDS} "$@" < /dev/null 2>&1) || status=$?
  }
  [ -z "$output" ] || printf '%s\\n' "$output"
  if [ "$status" = 0 ]; then progress gate-done; else progress gate-failed "$status"; fi
  return "$status"
}
`;

export const PACKAGE_FUNCTIONS = `
# forbid_starts, allow_starts: keep Debian's maintainer scripts from starting what is not configured.
# An operator's own policy-rc.d is left in place: it forbids at least as much, and our units are started anyway.
policy_text=${quote([POLICY_RC_D_TEXT])}
forbid_starts() {
  [ ! -e ${POLICY_RC_D} ] || return 0
  printf %s "$policy_text" > ${POLICY_RC_D} && chmod 755 ${POLICY_RC_D}
}
allow_starts() {
  if printf %s "$policy_text" | cmp -s - ${POLICY_RC_D}; then rm -f ${POLICY_RC_D}; fi
}
`;
