import type { Facts } from '../facts.ts';
import type { DesiredState, Precondition } from '../state.ts';
import type { Finding } from './finding.ts';

export const checkPreconditions = (state: DesiredState, facts: Facts): Finding[] =>
  state.preconditions.flatMap((precondition) => {
    const { name, fix } = precondition;
    const level = levelOf(precondition, facts.machine.deployed);
    return (facts.preconditions[name] ?? []).map((what): Finding => ({ level, what, fix }));
  });

const levelOf = ({ level = 'error' }: Precondition, deployed: boolean): Finding['level'] => {
  if (level !== 'error-at-first') return level;
  return deployed ? 'warning' : 'error';
};
