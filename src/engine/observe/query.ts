import type { Query } from '../facts.ts';
import { APPLY_UNIT, POLICY_RC_D } from '../layout.ts';
import type { NetworkQuery } from '../machine-facts.ts';
import type { DesiredState } from '../state.ts';

/**
 * What has to be looked at before any of `states` can be planned for. Several states, because
 * which of them applies (one per Debian release) is only known after the look.
 */
export const queryFor = (states: readonly DesiredState[], network?: NetworkQuery): Query => ({
  ...(network === undefined ? {} : { network }),
  packages: unique(states.flatMap((state) => [...state.packages, ...inputs(state, 'packages')])),
  paths: unique([POLICY_RC_D, ...states.flatMap(pathsOf)]),
  trees: unique(
    states.flatMap(({ directories }) =>
      directories.filter(({ exclusive }) => exclusive).map(({ path }) => path),
    ),
  ),
  users: unique(states.flatMap((state) => state.users.map(({ name }) => name))),
  preconditions: states
    .flatMap((state) => state.preconditions)
    .filter(({ name }, index, all) => all.findIndex((other) => other.name === name) === index),
  units: unique([
    APPLY_UNIT,
    ...states.flatMap((state) =>
      [...state.units, ...state.forbidden, ...state.retired].map(({ name }) => name),
    ),
  ]),
});

const pathsOf = (state: DesiredState): string[] => [
  ...[...state.directories, ...state.files, ...state.links].map(({ path }) => path),
  ...state.absent,
  ...state.generated.flatMap(({ paths }) => paths),
  ...state.followUps.map(({ notice }) => notice),
  ...inputs(state, 'files'),
];

const inputs = (state: DesiredState, kind: 'files' | 'packages'): string[] => [
  ...[...state.refreshes, ...state.followUps].flatMap(({ inputs }) => inputs[kind]),
  ...state.units.flatMap((unit) => [...unit.restartOn[kind], ...unit.reloadOn[kind]]),
];

const unique = (names: readonly string[]): string[] => [...new Set(names)].sort();
