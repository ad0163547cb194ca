/** Files, links and what must not exist. */
import type { Facts, FileFact } from '../facts.ts';
import type { Step } from '../plan.ts';
import type { DesiredState, ManagedFile } from '../state.ts';
import { sha256 } from './sha256.ts';

export const planFiles = (state: DesiredState, facts: Facts): Step[] => [
  ...state.files.flatMap((file) => planFile(file, facts)),
  ...state.links.flatMap(({ path, target }): Step[] => {
    const fact = facts.files[path];
    return fact?.type === 'link' && fact.target === target ? [] : [{ kind: 'link', path, target }];
  }),
];

const planFile = (file: ManagedFile, facts: Facts): Step[] => {
  const { path, owner, mode } = file;
  const fact = facts.files[path];
  const hash = sha256(file.content);
  if (fact?.type !== 'file' || fact.sha256 !== hash) {
    const change = fact === undefined ? 'new' : 'changed';
    return [{ kind: 'write', path, owner, mode, sha256: hash, change }];
  }
  const same = fact.user === owner.user && fact.group === owner.group && fact.mode === mode;
  return same ? [] : [{ kind: 'set-owner', path, owner, mode }];
};

export const planRemovals = (state: DesiredState, facts: Facts): Step[] =>
  [...new Set([...state.absent, ...strayFiles(state, facts)])]
    .filter((path) => facts.files[path] !== undefined)
    .map((path) => ({ kind: 'remove', path }));

/** What is in a folder that is all ours and is not desired there. */
const strayFiles = (state: DesiredState, facts: Facts): string[] => {
  const trees = state.directories.filter(({ exclusive }) => exclusive);
  if (trees.length === 0) return [];
  const desired = new Set([
    ...[...state.files, ...state.links].map(({ path }) => path),
    ...state.generated.flatMap(({ paths }) => paths),
  ]);
  const isStray = (path: string, { type }: FileFact): boolean =>
    (type === 'file' || type === 'link') &&
    !desired.has(path) &&
    trees.some((tree) => path.startsWith(`${tree.path}/`));
  return Object.entries(facts.files)
    .filter(([path, fact]) => isStray(path, fact))
    .map(([path]) => path)
    .sort();
};

/** A checker runs when one of the files it reads is about to change. */
export const planChecks = (state: DesiredState, files: readonly Step[]): Step[] => {
  const written = new Set(files.flatMap((step) => (step.kind === 'write' ? [step.path] : [])));
  return state.checks
    .filter((check) => check.files.some((path) => written.has(path)))
    .map(({ name, files: needed, command }) => ({ kind: 'check', name, files: needed, command }));
};
