import type { MachineFacts } from '../machine-facts.ts';
import { error, type Finding, warning } from './finding.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

/** A certificate authority gives new certificates a start some minutes back, verifiers of DKIM as much. */
const WRONG_MS = 5 * MINUTE_MS;
/** Whoever compares the logs of two hosts is misled. */
const INEXACT_MS = 30 * SECOND_MS;

/** The host's clock against the operator's, and whether something keeps it right. */
export const checkClock = ({
  container,
  clockOffsetMs = 0,
  clockSynchronised,
}: MachineFacts): Finding[] => {
  const distance = Math.abs(clockOffsetMs);
  if (distance > INEXACT_MS) {
    const relation = clockOffsetMs > 0 ? 'ahead of' : 'behind';
    const what = `its clock is ${inWords(distance)} ${relation} this machine's`;
    if (distance <= WRONG_MS) return [warning(what, SET_CLOCK)];
    return [error(`${what}: TLS, DKIM and certificates fail with a wrong clock`, SET_CLOCK)];
  }
  // A container has the clock of its host.
  return clockSynchronised === false && container === undefined
    ? [warning('its clock is not synchronised', 'on the host: apt-get install systemd-timesyncd')]
    : [];
};

const SET_CLOCK =
  'see which of both is right (date -u); on the host: apt-get install systemd-timesyncd';

const UNITS = [
  ['day', 24 * 60 * MINUTE_MS],
  ['hour', 60 * MINUTE_MS],
  ['minute', MINUTE_MS],
] as const;

const inWords = (ms: number): string => {
  const [name, length] =
    UNITS.find(([, unit]) => ms >= 2 * unit) ?? (['second', SECOND_MS] as const);
  return `${Math.floor(ms / length)} ${name}s`;
};
