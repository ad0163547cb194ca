import { describeStep, type Plan } from '../plan.ts';

/** What a line of the history has room for. */
const MAX_LINES = 10;
const MAX_LINE_LENGTH = 160;

/** What a plan changes, in words for the history: `change /etc/postfix/main.cf`, `and 12 more`. */
export const summarise = ({ steps }: Plan): string[] => {
  const changes = steps
    .filter(({ kind }) => kind !== 'check' && kind !== 'confirm-units')
    .map((step) => cut(describeStep(step)));
  if (changes.length <= MAX_LINES) return changes;
  const shown = changes.slice(0, MAX_LINES - 1);
  return [...shown, `and ${changes.length - shown.length} more`];
};

const cut = (text: string): string =>
  text.length <= MAX_LINE_LENGTH ? text : `${text.slice(0, MAX_LINE_LENGTH - 1)}…`;
