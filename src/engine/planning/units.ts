/** Units and refreshes: what must be started, restarted or reloaded, and for what reason. */
import type { Facts, UnitFact } from '../facts.ts';
import type { StampInputs, Step } from '../plan.ts';
import type { DesiredState, Inputs, ManagedUnit } from '../state.ts';
import type { Outlook } from './outlook.ts';

export const planForbidden = (state: DesiredState, facts: Facts): Step[] =>
  state.forbidden.flatMap(({ name, because }): Step[] => {
    const fact = facts.units[name];
    const absent = fact === undefined || fact.load === 'not-found';
    const quiet = fact?.load === 'masked' && !isUp(fact);
    return absent || quiet ? [] : [{ kind: 'forbid-unit', unit: name, because }];
  });

/** Before their files go: systemd would not find them afterwards. */
export const planRetired = (state: DesiredState, facts: Facts): Step[] =>
  state.retired.flatMap(({ name, because }): Step[] => {
    const fact = facts.units[name];
    if (fact === undefined || fact.load === 'not-found' || fact.load === 'masked') return [];
    const rests = fact.active === 'inactive' && !fact.file.startsWith('enabled');
    return rests ? [] : [{ kind: 'retire-unit', unit: name, because }];
  });

export const planRefreshes = (state: DesiredState, outlook: Outlook): Step[] =>
  state.refreshes.flatMap(({ name, command, inputs }): Step[] => {
    const because = reasonsFor(name, inputs, outlook);
    return because.length > 0 ? [{ kind: 'refresh', name, command, because, stamp: inputs }] : [];
  });

/** One that left a notice runs again, whatever its inputs. */
export const planFollowUps = (state: DesiredState, facts: Facts, outlook: Outlook): Step[] =>
  state.followUps.flatMap(({ name, command, inputs, notice }): Step[] => {
    const changes = reasonsFor(name, inputs, outlook);
    const unfinished = facts.files[notice] !== undefined && changes.length === 0;
    const because = unfinished ? ['it was not finished the last time'] : changes;
    const step = { kind: 'follow-up', name, command, notice, because, stamp: inputs } as const;
    return because.length > 0 ? [step] : [];
  });

export const planUnits = (state: DesiredState, facts: Facts, outlook: Outlook): Step[] => {
  const acting = state.units.flatMap((unit) => planAction(unit, facts.units[name(unit)], outlook));
  const touched = acting.flatMap((step) => ('unit' in step ? [step.unit] : []));
  return [
    ...planEnabling(state, facts),
    ...acting,
    ...(touched.length > 0 ? [{ kind: 'confirm-units', units: touched } as const] : []),
  ];
};

const name = (unit: ManagedUnit): string => unit.name;

/** UnitFileState values that `systemctl enable` would not change. */
const SETTLED = ['enabled', 'static', 'indirect', 'generated', 'alias'];

const planEnabling = (state: DesiredState, facts: Facts): Step[] => {
  const names = state.units.map((unit) => unit.name);
  const masked = names.filter((unit) => facts.units[unit]?.load === 'masked');
  const disabled = names.filter((unit) => !SETTLED.includes(facts.units[unit]?.file ?? ''));
  return [
    ...(masked.length > 0 ? [{ kind: 'unmask', units: masked } as const] : []),
    ...(disabled.length > 0 ? [{ kind: 'enable', units: disabled } as const] : []),
  ];
};

const planAction = (unit: ManagedUnit, fact: UnitFact | undefined, outlook: Outlook): Step[] => {
  const stamp = joinInputs(unit.restartOn, unit.reloadOn);
  // What reads nothing of ours is never out of date: it has nothing that a stamp could hold.
  const readsNothing = stamp.files.length === 0 && stamp.packages.length === 0;
  const restart = readsNothing ? [] : reasonsFor(unit.name, unit.restartOn, outlook);
  const reload = outlook.differences(unit.name, unit.reloadOn);
  const step = (kind: 'start' | 'restart' | 'reload', because: readonly string[]): Step[] => [
    { kind, unit: unit.name, because, stamp },
  ];
  if (fact === undefined || !isUp(fact)) {
    const neverSeen = fact === undefined || fact.load === 'not-found';
    return step('start', neverSeen ? [] : [`it is ${fact.active}`]);
  }
  if (restart.length > 0) return step('restart', restart);
  return reload.length > 0 ? step('reload', reload) : [];
};

const isUp = (fact: UnitFact): boolean => fact.active === 'active' || fact.active === 'reloading';

const reasonsFor = (unit: string, inputs: Inputs, outlook: Outlook): string[] => {
  if (!outlook.isKnown(unit)) return ['first deploy'];
  return outlook.differences(unit, inputs);
};

const joinInputs = (a: Inputs, b: Inputs): StampInputs => ({
  files: [...new Set([...a.files, ...b.files])],
  packages: [...new Set([...a.packages, ...b.packages])],
});
