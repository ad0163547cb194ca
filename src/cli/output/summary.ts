import type { Plan, Step } from '../../engine/plan.ts';
import { sanitizeLine } from './sanitize.ts';

/** Names that are listed; of more there is only the number. */
const MAX_NAMES = 6;

/** What a plan that was carried out has changed: `wrote 2 files: /etc/a, /etc/b`. */
export const summaryLines = ({ steps }: Plan): string[] =>
  [
    counted('installed', 'package', namesOf(steps, packages)),
    counted('made', 'user', namesOf(steps, users)),
    counted('wrote', 'file', namesOf(steps, written)),
    counted('removed', 'file', namesOf(steps, removed)),
    counted('stopped', 'service', namesOf(steps, stopped)),
    counted('started', 'service', namesOf(steps, unitsThat('start'))),
    counted('restarted', 'service', namesOf(steps, unitsThat('restart'))),
    counted('reloaded', 'service', namesOf(steps, unitsThat('reload'))),
  ].filter((line) => line !== '');

type NamesOf = (step: Step) => readonly string[];

const namesOf = (steps: readonly Step[], names: NamesOf): string[] => [
  ...new Set(steps.flatMap(names)),
];

const packages: NamesOf = (step) => (step.kind === 'install' ? step.packages : []);
const users: NamesOf = (step) => (step.kind === 'add-user' ? [step.name] : []);
const written: NamesOf = (step) => {
  if (step.kind === 'write' || step.kind === 'link') return [step.path];
  return step.kind === 'generate' ? step.paths : [];
};
const removed: NamesOf = (step) => (step.kind === 'remove' ? [step.path] : []);
const stopped: NamesOf = (step) =>
  step.kind === 'forbid-unit' || step.kind === 'retire-unit' ? [step.unit] : [];
const unitsThat =
  (kind: 'start' | 'restart' | 'reload'): NamesOf =>
  (step) =>
    step.kind === kind ? [step.unit] : [];

const counted = (verb: string, noun: string, names: readonly string[]): string => {
  if (names.length === 0) return '';
  const count = `${verb} ${names.length} ${noun}${names.length === 1 ? '' : 's'}`;
  return names.length > MAX_NAMES ? count : `${count}: ${sanitizeLine(names.join(', '))}`;
};
