/** What a plan is about to change, and how the host keeps what is there before. */
import { quote } from '../../host/quote.ts';
import { STATE_HASH_FILE } from '../history/record.ts';
import { STAMP_DIR } from '../layout.ts';
import type { Plan, Step } from '../plan.ts';

export interface Kept {
  /** Files and links. */
  readonly paths: readonly string[];
  /** Only their owner and mode. */
  readonly directories: readonly string[];
  readonly units: readonly string[];
}

/** Packages, users, new directories and generated files are not undone. */
export const keptOf = (plan: Plan): Kept => ({
  paths: unique(plan.steps.flatMap(pathsOf)),
  directories: unique(
    plan.steps.flatMap((step) => (step.kind === 'make-directory' ? [step.path] : [])),
  ),
  units: unique(plan.steps.flatMap(unitsOf)),
});

const pathsOf = (step: Step): string[] => {
  switch (step.kind) {
    case 'write':
    case 'link':
    case 'remove':
    case 'set-owner':
      return [step.path];
    case 'refresh':
      return [`${STAMP_DIR}/${step.name}`];
    case 'follow-up':
      return [`${STAMP_DIR}/${step.name}`, step.notice];
    case 'start':
    case 'restart':
    case 'reload':
      return [`${STAMP_DIR}/${step.unit}`];
    default:
      return [];
  }
};

const unitsOf = (step: Step): readonly string[] => {
  if ('units' in step) return step.units;
  return 'unit' in step ? [step.unit] : [];
};

const unique = (names: readonly string[]): string[] => [...new Set(names)];

/** Bash functions of apply.sh; they need `$run` and `$previous`. */
export const KEEP_FUNCTIONS = `
# keep PATH: copy what is there; of a directory its owner and mode.
keep() {
  [ -e "$1" ] || [ -L "$1" ] || return 0
  if [ -d "$1" ] && [ ! -L "$1" ]; then
    mkdir -p "$previous$1"
    chown --reference="$1" "$previous$1"
    chmod --reference="$1" "$previous$1"
  else
    mkdir -p "$(dirname "$previous$1")"
    cp -a "$1" "$previous$1"
  fi
}

keep_unit() {
  systemctl show --property=LoadState,UnitFileState,ActiveState -- "$1" > "$run/units/$1"
}

# is_repair: whether what is deployed is the current generation.
is_repair() {
  cmp -s "$run/${STATE_HASH_FILE}" "$generations/$(current_generation)/${STATE_HASH_FILE}"
}

# kept: all of it is on disk, with some room for bringing it back when the disk is full by then.
kept() {
  fallocate -l "$(($(du -sk "$previous" | cut -f 1) + 1024))KiB" "$run/reserve" 2>/dev/null || true
  sync -f "$run"
  : > "$run/kept"
  sync "$run/kept" "$run"
}
`;

/**
 * A host without a generation has nothing to go back to. Nor has one on which the current generation is
 * deployed again: what it had instead was damage.
 */
export const keepCommands = ({ paths, directories, units }: Kept): string =>
  [
    'if is_repair; then',
    '  : > "$run/repair"',
    'elif [ -n "$(current_generation)" ]; then',
    '  mkdir -p "$previous" "$run/units"',
    ...[...paths, ...directories].map((path) => `  ${quote(['keep', path])}`),
    ...units.map((unit) => `  ${quote(['keep_unit', unit])}`),
    '  kept',
    'fi',
  ].join('\n');
