/** Words for numbers and times, as the report prints them. */
import { MINUTE_MS } from './thresholds.ts';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `512 MiB`, `1.5 GiB` */
export const formatBytes = (bytes: number): string => {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length - 1);
  const value = bytes / 1024 ** power;
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${UNITS[power]}`;
};

/** `40 s`, `5 min`, `3 h`, `12 days` */
export const formatAge = (ms: number): string => {
  const minutes = ms / MINUTE_MS;
  if (minutes < 2) return `${Math.max(0, Math.round(ms / 1000))} s`;
  if (minutes < 120) return `${Math.round(minutes)} min`;
  if (minutes < 2880) return `${Math.round(minutes / 60)} h`;
  return `${Math.round(minutes / 1440)} days`;
};

/** `0.6 s` */
export const formatMs = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** `2026-11-22 19:36 UTC` */
export const formatTime = (ms: number): string =>
  `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** `19:36 UTC`, for what happened within a day */
export const formatClock = (ms: number): string => formatTime(ms).slice(11);

export const count = (number: number, one: string, many = `${one}s`): string =>
  `${number} ${number === 1 ? one : many}`;

/** At most `max` of `names`, and how many more there are. */
export const listSome = (names: readonly string[], max = 5): string => {
  const more = names.length - max;
  return `${names.slice(0, max).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
};
