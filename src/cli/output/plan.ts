import chalk from 'chalk';
import type { EngineEvent } from '../../engine/events.ts';
import { describeStep, type Step } from '../../engine/plan.ts';
import { sanitizeLine } from './sanitize.ts';

/** The sign in front of a step: what kind of change it is, readable without colour. */
const sign = (step: Step): string => {
  switch (step.kind) {
    case 'install':
    case 'add-user':
    case 'make-directory':
    case 'generate':
    case 'unmask':
    case 'enable':
      return chalk.green('+');
    case 'write':
    case 'link':
      return step.kind === 'write' && step.change === 'changed'
        ? chalk.yellow('~')
        : chalk.green('+');
    case 'join-groups':
    case 'set-owner':
      return chalk.yellow('~');
    case 'remove':
    case 'remove-policy':
    case 'forbid-unit':
    case 'retire-unit':
      return chalk.red('-');
    case 'start':
    case 'restart':
    case 'reload':
    case 'refresh':
    case 'follow-up':
    case 'reload-systemd':
      return chalk.cyan('*');
    case 'check':
    case 'confirm-units':
      return chalk.dim('?');
  }
};

type Planned = Omit<Extract<EngineEvent, { kind: 'planned' }>, 'kind'>;

/** A plan as lines for people: one a step, + made, ~ changed, - removed, * run, ? checked. */
export const renderPlan = ({ host, plan: { steps }, as }: Planned): string[] => {
  if (steps.length === 0) {
    const like = as === undefined ? 'chatmail.ini wants it' : `generation ${as} was`;
    return [`${host}: nothing to do, it is as ${like}`];
  }
  const count = steps.length === 1 ? '1 step' : `${steps.length} steps`;
  return [
    `${host}: ${count}`,
    ...steps.map((step) => `  ${sign(step)} ${sanitizeLine(describeStep(step))}`),
  ];
};
