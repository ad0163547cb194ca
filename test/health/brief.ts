import type { Item } from '../../src/health/finding.ts';

/** What an item comes to, in lines to compare. */
export const brief = ({ text, findings }: Item): string[] => [
  text,
  ...findings.map(({ level, what }) => `${level}: ${what}`),
];
