/**
 * A plan as shell scripts that the host carries out by itself: the connection may die, the plan does
 * not. They stay on the host with their log, in {@link RUN_DIR}, for whoever wants to know later what was
 * done.
 */
import { gzipSync } from 'node:zlib';
import { quote } from '../../host/quote.ts';
import { INFO_FILE, SETTLE_FILE, STATE_FILE, STATE_HASH_FILE } from '../history/record.ts';
import { RUN_DIR, VERDICT_SECONDS } from '../layout.ts';
import type { Plan, Step } from '../plan.ts';
import type { RunInfo } from '../run-info.ts';
import type { DesiredState } from '../state.ts';
import type { RunFile } from './launch.ts';
import { KEEP_FUNCTIONS, keepCommands, keptOf } from './previous.ts';
import { RECORD_FUNCTIONS } from './record.ts';
import { gateCommand, settleScript } from './settle.ts';
import { PACKAGE_FUNCTIONS, prelude, UNIT_FUNCTIONS } from './shell.ts';
import { APT_LOCK_SECONDS, stepCommands } from './steps.ts';
import { undoScript } from './undo.ts';

/** What is too long for an operator's screen was not written for it. */
const MAX_NOTICE_BYTES = 4000;

/** As encodeState makes it. */
export interface StateFile {
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

export interface CompileOptions {
  /** Names the run's folder: sortable, unique enough for a host that runs one at a time. */
  readonly runId: string;
  readonly info: RunInfo;
  /** Whether the operator's side will tell what it saw. */
  readonly witnessed: boolean;
  /** What the host is afterwards, when `state` is only a share of it. */
  readonly whole?: DesiredState;
  /** The state as the generation's folder keeps it. */
  readonly stateFile: StateFile;
}

/** The files of the run's folder. @param state where the contents of the written files are taken from */
export const runFiles = (
  plan: Plan,
  state: DesiredState,
  options: CompileOptions,
): readonly RunFile[] => [
  { name: 'apply.sh', content: applyScript(plan, state, options) },
  { name: 'undo.sh', content: undoScript(options.runId, keptOf(plan)) },
  { name: SETTLE_FILE, content: settleScript(options.whole ?? state) },
  { name: STATE_FILE, content: options.stateFile.bytes },
  { name: STATE_HASH_FILE, content: `${options.stateFile.sha256}  ${STATE_FILE}` },
  { name: INFO_FILE, content: JSON.stringify(options.info) },
];

export const applyScript = (
  plan: Plan,
  state: DesiredState,
  { runId, info, witnessed }: Omit<CompileOptions, 'stateFile'>,
): string => {
  const folder = `${RUN_DIR}/${runId}`;
  const steps = plan.steps.map(
    (step, index) => `step_${index + 1}() {\n${stepCommands(step, `${folder}/stage`)}\n}\n`,
  );
  const text = [
    header(runId, info.version, folder),
    RECORD_FUNCTIONS,
    KEEP_FUNCTIONS,
    UNIT_FUNCTIONS,
    PACKAGE_FUNCTIONS,
    functions,
    `stage_files() {\n${stageCommands(plan, state)}\n}\n`,
    `keep_previous() {\n${keepCommands(keptOf(plan))}\n}\n`,
    ...steps,
    'stage_files',
    'record_start',
    'keep_previous',
    ...plan.steps.map((_, index) => `run_step ${index + 1}`),
    // What fails now is judged once more when it is undone, even when there is nothing to undo.
    ': > "$run/judged"',
    ...state.gates.map(gateCommand),
    `await_verdict ${witnessed ? VERDICT_SECONDS : 0}`,
    // What was written must not be lost when its generation is not.
    'sync -f /etc',
    'keep_generation',
    ...state.followUps.map(({ notice }) => quote(['show_notice', notice])),
    'record_end deployed',
    'progress generation "$(current_generation)"',
    'progress end 0',
  ].join('\n');
  return `${text}\n`;
};

const header = (runId: string, version: string, folder: string): string => `#!/bin/bash
# Run ${runId} of cmdeploy ${version}. Each step_N below is one step of the plan it printed.
${prelude(folder)}
# What ends here before its time is undone: systemd runs undo.sh when this unit has ended.
set -e
stage=$run/stage
current=0
`;

const functions = `
finish() {
  local code=$?
  [ "$code" = 0 ] || progress failed "$current" "$code"
}
trap finish EXIT

# heed_stop: the operator may have asked to go back.
heed_stop() {
  [ -e "$run/verdict" ] || return 0
  [ "$(cat "$run/verdict")" = undo ] || return 0
  progress refused
  exit 1
}

run_step() {
  heed_stop
  current=$1
  progress start "$1"
  "step_$1"
  progress done "$1"
  current=0
}

# await_verdict SECONDS: hear what the operator's side saw. One that says nothing has died, and must not
# cost a good deploy.
await_verdict() {
  local deadline=$((SECONDS + $1))
  progress gate-passed
  until [ -e "$run/verdict" ] || [ "$SECONDS" -ge "$deadline" ]; do sleep 0.2; done
  heed_stop
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

# acted ACTION NAME: what an undo has to do again.
acted() { printf '%s\\n' "$1 $2" >> "$run/acted"; }

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
`;

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
