/** What differs from what should be there: the plan of a run that was never meant to be applied. */
import type { Facts } from '../../engine/facts.ts';
import { describeStep, type Plan, type Step } from '../../engine/plan.ts';
import { type Finding, type Item, warning } from '../finding.ts';
import { count, listSome } from '../text.ts';

/** @param plan what `cmdeploy run` would do now, made from `facts` */
export const checkDrift = (plan: Plan, facts: Facts): Item => {
  const differing = plan.steps.flatMap((step) => ('path' in step ? [step.path] : []));
  const edited = differing.filter((path) => isEdited(path, facts));
  const pending = differing.filter((path) => !edited.includes(path));
  const owed = plan.steps.flatMap((step) => owedBy(step, differing));
  const other = plan.steps.filter((step) => isOther(step));
  const parts = [
    ...(edited.length > 0 ? [`${count(edited.length, 'file')} changed on the host`] : []),
    ...(pending.length > 0 ? [`${count(pending.length, 'file')} to deploy`] : []),
    ...(owed.length > 0 ? [`${count(owed.length, 'restart')} owed`] : []),
    ...(other.length > 0 ? [`${count(other.length, 'other step')}`] : []),
  ];
  return {
    name: 'drift',
    text: parts.length === 0 ? 'none, it is as chatmail.ini wants it' : parts.join(', '),
    findings: [
      ...some(edited, (paths) => `changed on the host since the last run: ${paths}`),
      ...some(pending, (paths) => `not as this chatmail.ini and this cmdeploy want it: ${paths}`),
      ...some(owed, (units) => `runs with an older configuration or package: ${units}`),
      ...some(other.map(describeStep), (steps) => `a run would also: ${steps}`),
    ],
  };
};

const FIX = 'see the difference with cmdeploy plan, put it right with cmdeploy run';

const some = (names: readonly string[], what: (names: string) => string): Finding[] =>
  names.length === 0 ? [] : [warning(what(listSome(names)), FIX)];

/** Units were started with another content than is there now: so someone else wrote it since. */
const isEdited = (path: string, facts: Facts): boolean => {
  const noted = Object.values(facts.stamps).flatMap((stamp) => stamp[path] ?? []);
  const now = facts.files[path]?.sha256 ?? '-';
  return noted.length > 0 && !noted.includes(now);
};

/** A unit that has to restart for what changed before, not for the files that are yet to be written. */
const owedBy = (step: Step, differing: readonly string[]): string[] => {
  if (step.kind !== 'restart' && step.kind !== 'reload') return [];
  const because = step.because.filter((input) => !differing.includes(input));
  return because.length === 0 ? [] : [`${step.unit} (${listSome(because, 2)})`];
};

/** Neither told elsewhere in the report nor a mere consequence of another step. */
const isOther = (step: Step): boolean => {
  const told: readonly Step['kind'][] = [
    'check',
    'confirm-units',
    'follow-up',
    'start',
    'restart',
    'reload',
    'reload-systemd',
    'unmask',
  ];
  return !('path' in step) && !told.includes(step.kind);
};
