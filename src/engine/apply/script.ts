/**
 * A plan as one shell script that the host carries out by itself: the connection may die, the plan
 * does not. It stays on the host with its log, in {@link RUN_DIR}, for whoever wants to know later
 * what was done.
 */
import { gzipSync } from 'node:zlib';
import { quote } from '../../host/quote.ts';
import { KEPT_RUNS, RUN_DIR, STAMP_DIR } from '../layout.ts';
import type { Plan, Step } from '../plan.ts';
import type { DesiredState } from '../state.ts';
import { APT_LOCK_SECONDS, stepCommands } from './steps.ts';

/** First character of the lines that tell where the script is: ASCII record separator. */
export const PROGRESS_MARK = '\u001e';

/** What is too long for an operator's screen was not written for it. */
const MAX_NOTICE_BYTES = 4000;

export interface ApplyScript {
  /** Names the run's folder: sortable, unique enough for a host that runs one at a time. */
  readonly runId: string;
  readonly text: string;
}

/**
 * @param state where the contents of the written files are taken from
 * @param version of cmdeploy, for the reader of the script
 */
export const compile = (
  plan: Plan,
  state: DesiredState,
  runId: string,
  version: string,
): ApplyScript => {
  const folder = `${RUN_DIR}/${runId}`;
  const steps = plan.steps.map(
    (step, index) => `step_${index + 1}() {\n${stepCommands(step, `${folder}/stage`)}\n}\n`,
  );
  const calls = plan.steps.map((_, index) => `run_step ${index + 1}`);
  const text = [
    header(runId, version, folder),
    `stage_files() {\n${stageCommands(plan, state)}\n}\n`,
    ...steps,
    'stage_files',
    ...calls,
    ...state.followUps.map(({ notice }) => quote(['show_notice', notice])),
    footer(folder),
  ].join('\n');
  return { runId, text: `${text}\n` };
};

const header = (runId: string, version: string, folder: string): string => `#!/bin/bash
# Run ${runId} of cmdeploy ${version}. Each step_N below is one step of the plan it printed.
set -euo pipefail
umask 022
cd /
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

run=${folder}
stage=$run/stage
current=0
progress() { printf '\\036%s\\n' "$*"; }

finish() {
  code=$?
  [ "$current" = 0 ] || progress failed "$current" "$code"
  rm -rf "$stage"
  progress end "$code"
}
trap finish EXIT

run_step() {
  current=$1
  progress start "$1"
  "step_$1"
  progress done "$1"
  current=0
}

# unpack PATH: stage a file whose gzipped, base64-encoded content is on standard input. Postfix waits
# for seconds when a file is so fresh that somebody may still be writing it; ours are complete.
unpack() {
  mkdir -p "$(dirname "$stage$1")"
  base64 -d | gzip -d > "$stage$1"
  touch -d '10 seconds ago' "$stage$1"
}

# borrow PATH: stage the live file where the plan brings no new one; a check may read it.
borrow() {
  [ -e "$stage$1" ] && return
  mkdir -p "$(dirname "$stage$1")"
  if [ -f "$1" ]; then cp -p "$1" "$stage$1"; fi
}

# put PATH OWNER:GROUP MODE: replace the live file by the staged one, at once and on disk.
put() {
  mkdir -p "$(dirname "$1")"
  install -p -o "\${2%:*}" -g "\${2#*:}" -m "$3" -T "$stage$1" "$1.cmdeploy-new"
  sync "$1.cmdeploy-new"
  if [ -d "$1" ] && [ ! -L "$1" ]; then rmdir "$1"; fi
  mv -fT "$1.cmdeploy-new" "$1"
}

# patient COMMAND...: run apt-get or dpkg again while another one (apt-daily on a fresh host) holds a
# lock; DPkg::Lock::Timeout is for apt and dpkg's own lock only, not for that of the lists.
patient() {
  local deadline=$((SECONDS + ${APT_LOCK_SECONDS})) status waiting= locked='Could not get lock|locked by another process'
  while :; do
    status=0
    "$@" 2> "$run/errors" || status=$?
    if [ "$status" = 0 ] || ! grep -qE "$locked" "$run/errors" || [ "$SECONDS" -ge "$deadline" ]; then
      cat "$run/errors"
      return "$status"
    fi
    [ -n "$waiting" ] || grep -E "$locked" "$run/errors"
    waiting=yes
    sleep 2
  done
}

# show_notice PATH: hand what is in it to whoever reads this script's output.
show_notice() {
  [ ! -s "$1" ] || progress notice "$(head -c ${MAX_NOTICE_BYTES} "$1" | base64 -w 0)"
}

# act_on_unit ACTION UNIT: start, restart or reload; on failure show what the unit said.
act_on_unit() {
  systemctl "$1" "$2" && return
  journalctl --no-pager --lines=15 --output=cat --unit="$2"
  return 1
}

# stamp NAME FILE... -- PACKAGE...: note what NAME has been started with.
stamp() {
  mkdir -p ${STAMP_DIR}
  name=$1
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
  } > "${STAMP_DIR}/.$name.new"
  mv -fT "${STAMP_DIR}/.$name.new" "${STAMP_DIR}/$name"
}
`;

const footer = (folder: string): string => `
# Keep the last runs only.
cd ${RUN_DIR}
ls -1 | sort -r | tail -n +${KEPT_RUNS + 1} | xargs -r rm -rf --
cd /
sync -f ${folder}`;

const stageCommands = (plan: Plan, state: DesiredState): string => {
  const contents = new Map(state.files.map(({ path, content }) => [path, content]));
  const unpack = plan.steps.flatMap((step) => {
    const content = step.kind === 'write' ? contents.get(step.path) : undefined;
    return step.kind === 'write' && content !== undefined ? [unpackCommand(step, content)] : [];
  });
  const borrowed = new Set(plan.steps.flatMap((step) => (step.kind === 'check' ? step.files : [])));
  const borrow = [...borrowed].map((path) => quote(['borrow', path]));
  return ['mkdir -p "$stage"', ...unpack, ...borrow].join('\n');
};

const unpackCommand = (step: Step & { kind: 'write' }, content: string | Uint8Array): string => {
  const encoded = gzipSync(content, { level: 9 })
    .toString('base64')
    .replace(/.{1,120}/g, '$&\n');
  return `${quote(['unpack', step.path])} <<'END'\n${encoded}END`;
};
