/**
 * settle.sh of a generation: what must run again when its files are brought back, and whether it is
 * healthy then. It stays with the generation and is run by the undo.sh of a later run, which may have
 * been made by another version of cmdeploy and for other units: `bash settle.sh FOLDER OF THE RUN`.
 * It reads there `restored`, the paths brought back, and `acted`, what the run has started, a line each.
 */
import type { Argv } from '../../host/host.ts';
import { quote } from '../../host/quote.ts';
import { STAMP_DIR } from '../layout.ts';
import type { DesiredState, FollowUp, Inputs, ManagedUnit, Refresh } from '../state.ts';
import { prelude, UNIT_FUNCTIONS } from './shell.ts';

export const settleScript = (state: DesiredState): string =>
  `${[
    '#!/bin/bash',
    prelude('"$1"'),
    UNIT_FUNCTIONS,
    FUNCTIONS,
    ...state.refreshes.map(refreshCommands),
    ...state.units.map(unitCommands),
    ...state.followUps.map(followUpCommands),
    `${quote(['confirm_units', ...state.units.map(({ name }) => name)])} || healthy=no`,
    ...state.gates.map((gate) => `${gateCommand(gate)} || healthy=no`),
    '[ "$healthy" = yes ]',
  ].join('\n')}\n`;

/** A name of several lines would be taken for something else by whoever reads the output. */
export const gateCommand = ({ name, command }: DesiredState['gates'][number]): string =>
  quote(['gate', name.replace(/\s+/g, ' '), ...command]);

const FUNCTIONS = `
healthy=yes

# has_line FILE LINE: whether that line is in that file of the run.
has_line() { grep -qsxF -e "$2" "$run/$1"; }

# concerns NAME FILE...: whether the run has done NAME, or one of its inputs was brought back.
concerns() {
  local name=$1 action file
  for action in refresh start restart reload; do
    ! has_line acted "$action $name" || return 0
  done
  shift
  for file in "$@"; do
    ! has_line restored "$file" || return 0
  done
  return 1
}

# again NAME COMMAND...: what fails here is tried again by the next run, for want of a good stamp. Some
# stamp must stay: by it the next run knows that the unit is ours.
again() {
  local name=$1
  shift
  mkdir -p ${STAMP_DIR}
  printf 'not finished\\t-\\n' > "${STAMP_DIR}/$name"
  "$@" && return
  echo "failed: $*"
  return 1
}

# settle_unit UNIT FILE... -- FILE...: restart, reload or start it where that is called for, by the files
# that restart it and those that reload it. Fails when there was nothing to do, too.
settle_unit() {
  local unit=$1 how= kind=restart file
  shift
  for file in "$@"; do
    if [ "$file" = -- ]; then kind=reload
    elif [ -z "$how" ] && has_line restored "$file"; then how=$kind
    fi
  done
  if has_line acted "start $unit" || has_line acted "restart $unit"; then how=restart
  elif has_line acted "reload $unit"; then how=\${how:-reload}
  fi
  # After a boot all units have been started with the files that were brought back.
  [ ! -e "$run/booted" ] || how=
  systemctl is-active --quiet "$unit" || how=start
  [ -n "$how" ] || return 1
  again "$unit" act_on_unit "$how" "$unit" && return
  healthy=no
  return 1
}
`;

const refreshCommands = ({ name, command, inputs }: Refresh): string =>
  `if ${quote(['concerns', name, ...inputs.files])}; then
  if ${quote(['again', name, ...command])}; then ${quote(stampCommand(name, inputs))}; else healthy=no; fi
fi`;

/** A follow-up may end without success; it is tried again by the next run. */
const followUpCommands = ({ name, command, inputs }: FollowUp): string =>
  `if ${quote(['concerns', name, ...inputs.files])}; then
  if ${quote(['again', name, ...command])}; then ${quote(stampCommand(name, inputs))}; fi
fi`;

const unitCommands = ({ name, restartOn, reloadOn }: ManagedUnit): string => {
  const inputs = {
    files: [...new Set([...restartOn.files, ...reloadOn.files])],
    packages: [...new Set([...restartOn.packages, ...reloadOn.packages])],
  };
  const settle: Argv = ['settle_unit', name, ...restartOn.files, '--', ...reloadOn.files];
  return `if ${quote(settle)}; then ${quote(stampCommand(name, inputs))}; fi`;
};

export const stampCommand = (name: string, { files, packages }: Inputs): Argv => [
  'stamp',
  name,
  ...files,
  '--',
  ...packages,
];
