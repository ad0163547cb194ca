/**
 * Compares what is desired with what was observed. Pure. The order of the steps is the order that a
 * careful person would choose: packages first (their services kept from starting), then users and
 * folders, keys, checks of the new files, the files themselves, and at last the units, restarted
 * only where something they were started with is different now.
 */
import type { Facts } from '../facts.ts';
import { POLICY_RC_D, POLICY_RC_D_TEXT } from '../layout.ts';
import type { Plan, Step } from '../plan.ts';
import type { DesiredState } from '../state.ts';
import { planChecks, planFiles, planRemovals } from './files.ts';
import { Outlook } from './outlook.ts';
import { sha256 } from './sha256.ts';
import { planFollowUps, planForbidden, planRefreshes, planRetired, planUnits } from './units.ts';

export const plan = (state: DesiredState, facts: Facts): Plan => {
  const missing = state.packages.filter((name) => facts.packages[name] === undefined);
  const files = planFiles(state, facts);
  const outlook = new Outlook(facts, missing, state, files);
  const refreshes = planRefreshes(state, outlook);
  const units = planUnits(state, facts, outlook);
  const changesUnitFiles = [...files, ...planRemovals(state, facts)].some(
    (step) => 'path' in step && step.path.startsWith('/etc/systemd/system/'),
  );
  const staleUnits = Object.values(facts.units).some((unit) => unit.needsDaemonReload);
  return {
    steps: [
      ...planPolicy(facts),
      ...planForbidden(state, facts),
      ...planRetired(state, facts),
      ...(missing.length > 0 ? [{ kind: 'install', packages: missing } as const] : []),
      ...planUsers(state, facts),
      ...planDirectories(state, facts),
      ...planGenerated(state, facts),
      ...planChecks(state, files),
      ...files,
      ...planRemovals(state, facts),
      ...(changesUnitFiles || staleUnits ? [{ kind: 'reload-systemd' } as const] : []),
      ...refreshes,
      ...units,
      ...planFollowUps(state, facts, outlook),
    ],
  };
};

const planPolicy = (facts: Facts): Step[] =>
  facts.files[POLICY_RC_D]?.sha256 === sha256(POLICY_RC_D_TEXT)
    ? [{ kind: 'remove-policy', path: POLICY_RC_D }]
    : [];

const planUsers = (state: DesiredState, facts: Facts): Step[] => {
  const added = state.users
    .filter(({ name }) => facts.users[name] === undefined)
    .map(({ name, home }): Step => ({ kind: 'add-user', name, home }));
  const joined = state.users.flatMap(({ name, groups }): Step[] => {
    const has = facts.users[name]?.groups ?? [];
    const missing = groups.filter((group) => !has.includes(group));
    return missing.length > 0 ? [{ kind: 'join-groups', user: name, groups: missing }] : [];
  });
  return [...added, ...joined];
};

const planDirectories = (state: DesiredState, facts: Facts): Step[] =>
  state.directories.flatMap(({ path, owner, mode }): Step[] => {
    const fact = facts.files[path];
    const same =
      fact?.type === 'directory' &&
      fact.user === owner.user &&
      fact.group === owner.group &&
      fact.mode === mode;
    return same ? [] : [{ kind: 'make-directory', path, owner, mode }];
  });

const planGenerated = (state: DesiredState, facts: Facts): Step[] =>
  state.generated.flatMap((generated): Step[] => {
    const { name, paths, commands, owner, mode } = generated;
    if (paths.some((path) => facts.files[path] === undefined)) {
      return [{ kind: 'generate', name, paths, commands, owner, mode }];
    }
    return paths.flatMap((path): Step[] => {
      const fact = facts.files[path];
      const same = fact?.user === owner.user && fact.group === owner.group && fact.mode === mode;
      return same ? [] : [{ kind: 'set-owner', path, owner, mode }];
    });
  });
