/** Whether a message gets from one account to another: what the relay's own probe found. */
import type { ProbeFact, StatusFacts } from '../facts.ts';
import { error, type Finding, type Item, warning } from '../finding.ts';
import { formatMs, listSome } from '../text.ts';
import type { Thresholds } from '../thresholds.ts';

export const checkDelivery = ({ probe }: StatusFacts, { deliveryMs }: Thresholds): Item => {
  if (probe === undefined) return { name: 'delivery', text: 'not tried', findings: [] };
  return {
    name: 'delivery',
    text: textOf(probe),
    findings: [...findingsOf(probe), ...slow(probe, deliveryMs)],
  };
};

const textOf = ({ state, ok, deliveryMs, failed }: ProbeFact): string => {
  switch (state) {
    case 'absent':
      return 'not tried: the host has no probe yet';
    case 'unreadable':
      return 'not known: the probe on the host gave no answer';
    case 'late':
      return 'not known: no result while this look lasted';
    case 'done':
      if (!ok) return `fails: ${listSome(failed.map(({ name }) => name))}`;
      return deliveryMs === undefined
        ? 'the relay works; no message was sent'
        : `a message took ${formatMs(deliveryMs)} from one account to another`;
  }
};

const BY_HAND = 'try it without haste: /usr/local/lib/chatmaild/probe on the host';

const findingsOf = ({ state, ok, failed }: ProbeFact): Finding[] => {
  switch (state) {
    case 'absent':
      return [warning('the host has no probe', 'have it made: cmdeploy run')];
    case 'unreadable':
      return [warning('the probe on the host gave no answer', BY_HAND)];
    case 'late':
      return [warning('the test with two accounts takes long, or hangs', BY_HAND)];
    case 'done':
      return ok ? [] : failed.map(({ name, error: why }) => error(`${name}: ${why}`, BY_HAND));
  }
};

const slow = ({ deliveryMs }: ProbeFact, bound: number): Finding[] =>
  deliveryMs === undefined || deliveryMs <= bound
    ? []
    : [warning(`a message took ${formatMs(deliveryMs)}`, 'see the load, and the queue')];
