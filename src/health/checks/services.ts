/** The units of the relay, and whatever else failed on the host. */
import type { ServiceFact, StatusFacts } from '../facts.ts';
import { error, type Finding, type Item, warning } from '../finding.ts';
import { count, formatAge, listSome } from '../text.ts';
import type { Thresholds } from '../thresholds.ts';

/**
 * @param units of the relay; which of them a run has not brought to the host yet, `checkDrift` tells
 * @param deployed whether a run has brought a unit
 */
export const checkServices = (
  units: readonly string[],
  facts: StatusFacts,
  deployed: (unit: string) => boolean,
  { restartsPerHour }: Thresholds,
): Item => {
  const down = failuresFirst(units, facts).flatMap((unit) => judge(unit, facts, deployed));
  const flapping = units.flatMap((unit) => {
    const times = facts.restarts[unit] ?? 0;
    if (times < restartsPerHour) return [];
    return [warning(`${unit} crashed ${count(times, 'time')} in the last hour`, seeLog(unit))];
  });
  const others = facts.failedUnits.filter((unit) => !units.includes(unit));
  const up = units.filter((unit) => isUp(facts.services[unit])).length;
  return {
    name: 'units',
    text: `${up} of ${units.length} up${others.length > 0 ? `; failed on the host: ${listSome(others, 3)}` : ''}`,
    findings: [
      ...down,
      ...flapping,
      ...others.map((unit) => ({
        ...warning(
          `${unit}${isStartedBy(units, unit) ? '' : ', which is not of the relay,'} failed`,
          seeLog(unit),
        ),
        ...logOf(unit, facts),
      })),
    ],
  };
};

/** Whether someone stopped units: some are down, and nothing of the relay failed. */
export const isStopped = (units: readonly string[], facts: StatusFacts): boolean => {
  if (facts.failedUnits.some((unit) => isStartedBy(units, unit))) return false;
  const down = units.flatMap((unit) => {
    const fact = facts.services[unit];
    const counts = fact !== undefined && fact.load !== 'not-found' && !isUp(fact);
    return counts && !startsItself(fact, facts) ? [fact] : [];
  });
  return down.length > 0 && down.every(({ active }) => active === 'inactive');
};

/** What failed may be why others are down. */
const failuresFirst = (units: readonly string[], facts: StatusFacts): string[] => {
  const failed = (unit: string): boolean => isFailing(facts.services[unit]);
  return [...units.filter(failed), ...units.filter((unit) => !failed(unit))];
};

/** Whether it is of the relay, or the service of one of its timers, sockets or paths. */
const isStartedBy = (units: readonly string[], unit: string): boolean =>
  units.some((each) => stemOf(each) === stemOf(unit));

/** `chatmail-quota` of `chatmail-quota@7.service`. */
const stemOf = (unit: string): string => unit.replace(/(@.*)?\.[a-z]+$/, '');

const isUp = (fact: ServiceFact | undefined): boolean =>
  fact?.active === 'active' || fact?.active === 'reloading';

const isFailing = (fact: ServiceFact | undefined): boolean =>
  fact?.active === 'failed' || fact?.sub === 'auto-restart';

const startsItself = ({ triggeredBy }: ServiceFact, facts: StatusFacts): boolean =>
  triggeredBy.some((unit) => isUp(facts.services[unit]));

const judge = (
  unit: string,
  facts: StatusFacts,
  deployed: (unit: string) => boolean,
): Finding[] => {
  const fact = facts.services[unit];
  if (fact === undefined || fact.load === 'not-found') {
    return deployed(unit) ? [error(`${unit} is gone`, 'put it back with cmdeploy run')] : [];
  }
  if (isUp(fact)) return [];
  if (fact.load === 'masked') {
    return [error(`${unit} was stopped by hand and masked`, 'put it right with cmdeploy run')];
  }
  if (isFailing(fact)) {
    const what = fact.active === 'failed' ? `${unit} failed` : `${unit} fails again and again`;
    return [{ ...error(what, seeLog(unit)), ...logOf(unit, facts) }];
  }
  if (fact.active !== 'inactive') {
    return [warning(`${unit} is ${fact.active}`, 'look again in a minute')];
  }
  return [notRunning(unit, fact, facts)];
};

const notRunning = (unit: string, fact: ServiceFact, facts: StatusFacts): Finding => {
  const fix = `start it: systemctl start ${unit} on the host, or cmdeploy run`;
  const age = fact.stoppedAt === undefined ? '' : ` ${formatAge(facts.now - fact.stoppedAt)} ago`;
  if (startsItself(fact, facts)) {
    return warning(`${unit} was stopped${age}; it starts when it is needed`, fix);
  }
  // systemd does not know when: it may never have run since the boot.
  if (fact.stoppedAt === undefined) return error(`${unit} does not run`, fix);
  return error(`${unit} was stopped by hand${age}`, fix);
};

const seeLog = (unit: string): string => `see why: journalctl -u ${unit} on the host`;

const logOf = (unit: string, { logs }: StatusFacts): Pick<Finding, 'log'> => {
  const log = logs[unit];
  return log === undefined ? {} : { log };
};
