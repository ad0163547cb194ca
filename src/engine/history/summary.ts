import { describeStep, type Plan, type Step } from '../plan.ts';

/** What a line of the history has room for. */
const MAX_LINES = 10;
const MAX_LINE_LENGTH = 160;

/** Names of a group that are listed; of more there is the number, too. */
const MAX_NAMES = 3;

/**
 * What a plan changes, in words for the history: `change /etc/postfix/main.cf`, and for a long plan
 * `write files: /etc/a, /etc/b, /etc/c and 9 more`.
 */
export const summarise = ({ steps }: Plan): string[] => {
  const changes = steps.filter(({ kind }) => kind !== 'check' && kind !== 'confirm-units');
  const lines = changes.length <= MAX_LINES ? changes.map(describeStep) : groups(changes);
  return lines.map(cut);
};

const cut = (text: string): string =>
  text.length <= MAX_LINE_LENGTH ? text : `${text.slice(0, MAX_LINE_LENGTH - 1)}…`;

const groups = (steps: readonly Step[]): string[] => {
  const names = new Map<string, string[]>();
  for (const step of steps) {
    const { what, of } = groupOf(step);
    names.set(what, [...(names.get(what) ?? []), ...of]);
  }
  return [...names].map(([what, of]) => `${what}: ${listed(of)}`);
};

const listed = (names: readonly string[]): string => {
  const more = names.length - MAX_NAMES;
  return `${names.slice(0, MAX_NAMES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
};

/** What is done, in the words of the plan, and to what. */
const groupOf = (step: Step): { what: string; of: readonly string[] } => {
  switch (step.kind) {
    case 'install':
      return { what: 'install packages', of: step.packages };
    case 'add-user':
    case 'join-groups':
      return { what: 'add users', of: ['name' in step ? step.name : step.user] };
    case 'make-directory':
      return { what: 'make directories', of: [step.path] };
    case 'generate':
      return { what: 'make', of: [step.name] };
    case 'write':
    case 'link':
      return { what: 'write files', of: [step.path] };
    case 'set-owner':
      return { what: 'set owners', of: [step.path] };
    case 'remove':
    case 'remove-policy':
      return { what: 'remove files', of: [step.path] };
    case 'forbid-unit':
    case 'retire-unit':
      return { what: 'stop', of: [step.unit] };
    case 'start':
    case 'restart':
    case 'reload':
      return { what: step.kind, of: [step.unit] };
    case 'unmask':
    case 'enable':
      return { what: step.kind, of: step.units };
    case 'refresh':
    case 'follow-up':
      return { what: 'run', of: [step.name] };
    case 'reload-systemd':
      return { what: 'reload', of: ['systemd'] };
    case 'check':
    case 'confirm-units':
      return { what: 'check', of: [describeStep(step)] };
  }
};
