/** What the relay does by itself behind the mail: the nightly deletion, push notifications. */
import { DELETION_TIMER } from '../../relay/paths.ts';
import type { StatusFacts } from '../facts.ts';
import { type Item, warning } from '../finding.ts';
import { count, formatAge, formatTime } from '../text.ts';
import type { Thresholds } from '../thresholds.ts';

const DELETION_SERVICE = DELETION_TIMER.replace(/timer$/, 'service');

/** That the service of it failed is said with the units. */
export const checkDeletion = (
  { deletion: { last, next }, failedUnits, now }: StatusFacts,
  { deletionMs }: Thresholds,
): Item => {
  const failed = failedUnits.includes(DELETION_SERVICE) ? 'it failed ' : '';
  const past =
    last === undefined ? 'not started by its timer yet' : `${failed}${formatAge(now - last)} ago`;
  const future = next === undefined ? '' : `, next ${formatTime(next)}`;
  const late = last !== undefined && now - last > deletionMs;
  const what = `old mail was last deleted ${formatAge(now - (last ?? now))} ago`;
  const fix = `see why: systemctl status ${DELETION_TIMER} on the host`;
  return {
    name: 'deletion',
    text: `${past}${future}`,
    findings: late ? [warning(what, fix)] : [],
  };
};

export const checkPush = ({ push, now }: StatusFacts, { pushWaitsMs }: Thresholds): Item => {
  if (push === undefined) return { name: 'push', text: 'not known', findings: [] };
  const age = push.oldest === undefined ? 0 : now - push.oldest;
  const what = `${count(push.waiting, 'notification')} waiting, the oldest for ${formatAge(age)}`;
  const fix = 'see why: journalctl -u chatmail-push on the host';
  return {
    name: 'push',
    text: push.waiting === 0 ? 'nothing waits' : what,
    findings: age > pushWaitsMs ? [warning(what, fix)] : [],
  };
};
