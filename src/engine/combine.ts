import type { DesiredState, Part } from './state.ts';

/** Joins parts. @throws when two of them claim the same path, user, unit, refresh or gate */
export const combine = (parts: readonly Part[]): DesiredState => {
  const state: DesiredState = {
    preconditions: parts.flatMap((part) => part.preconditions ?? []),
    packages: [...new Set(parts.flatMap((part) => part.packages ?? []))].sort(),
    users: parts.flatMap((part) => part.users ?? []),
    directories: parts.flatMap((part) => part.directories ?? []),
    files: parts.flatMap((part) => part.files ?? []),
    links: parts.flatMap((part) => part.links ?? []),
    absent: parts.flatMap((part) => part.absent ?? []),
    generated: parts.flatMap((part) => part.generated ?? []),
    checks: parts.flatMap((part) => part.checks ?? []),
    refreshes: parts.flatMap((part) => part.refreshes ?? []),
    units: parts.flatMap((part) => part.units ?? []),
    followUps: parts.flatMap((part) => part.followUps ?? []),
    forbidden: parts.flatMap((part) => part.forbidden ?? []),
    retired: parts.flatMap((part) => part.retired ?? []),
    gates: parts.flatMap((part) => part.gates ?? []),
  };
  refuseTwice(
    'precondition',
    state.preconditions.map(({ name }) => name),
  );
  refuseTwice(
    'user',
    state.users.map(({ name }) => name),
  );
  refuseTwice(
    'gate',
    state.gates.map(({ name }) => name),
  );
  refuseTwice('path', [
    ...state.directories.map(({ path }) => path),
    ...state.files.map(({ path }) => path),
    ...state.links.map(({ path }) => path),
    ...state.absent,
    ...state.generated.flatMap(({ paths }) => paths),
    ...state.followUps.map(({ notice }) => notice),
  ]);
  refuseTwice('unit or refresh', [
    ...state.units.map(({ name }) => name),
    ...state.forbidden.map(({ name }) => name),
    ...state.retired.map(({ name }) => name),
    ...state.refreshes.map(({ name }) => name),
    ...state.followUps.map(({ name }) => name),
  ]);
  return state;
};

const refuseTwice = (what: string, names: readonly string[]): void => {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`two parts claim the ${what} ${twice}`);
};
