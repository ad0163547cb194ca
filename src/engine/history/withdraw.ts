import type { DesiredState } from '../state.ts';

/**
 * The state `older`, with everything taken away that only `current` manages: files and links are
 * removed, units stopped and disabled. Packages, users, directories and keys stay, as in every run.
 *
 * @param because for the plan
 */
export const withdraw = (
  older: DesiredState,
  current: DesiredState,
  because: string,
): DesiredState => {
  const claimed = new Set(claimedPaths(older));
  const named = new Set(namedUnits(older));
  const gone = [...current.files, ...current.links].map(({ path }) => path);
  const retired = [...current.units, ...current.retired].map(({ name }) => name);
  return {
    ...older,
    absent: [...older.absent, ...[...gone, ...current.absent].filter((path) => !claimed.has(path))],
    retired: [
      ...older.retired,
      ...retired.filter((name) => !named.has(name)).map((name) => ({ name, because })),
    ],
  };
};

const claimedPaths = (state: DesiredState): string[] => [
  ...[...state.directories, ...state.files, ...state.links].map(({ path }) => path),
  ...state.absent,
  ...state.generated.flatMap(({ paths }) => paths),
  ...state.followUps.map(({ notice }) => notice),
];

const namedUnits = (state: DesiredState): string[] =>
  [
    ...state.units,
    ...state.forbidden,
    ...state.retired,
    ...state.refreshes,
    ...state.followUps,
  ].map(({ name }) => name);
