/** Reads the lines about mail: the queue, the traffic of today, the accounts, push. */
import type { StatusFacts, Tally } from './facts.ts';
import { given, unixTime, type Values, wholeNumber } from './parse-values.ts';

export const parsePush = ([waiting, oldest]: Values): StatusFacts['push'] => {
  const count = wholeNumber(waiting);
  return count === undefined ? undefined : { waiting: count, ...given('oldest', unixTime(oldest)) };
};

const parseTallies = (rows: readonly Values[]): Tally[] =>
  rows.flatMap(([count, text = '']) => {
    const times = wholeNumber(count);
    return times === undefined ? [] : [{ text, count: times }];
  });

export const parseQueue = (
  [messages, bytes, oldest]: Values,
  all: (word: string) => readonly Values[],
): StatusFacts['queue'] => {
  const count = wholeNumber(messages);
  if (count === undefined) return undefined;
  return {
    messages: count,
    bytes: wholeNumber(bytes) ?? 0,
    ...given('oldest', unixTime(oldest)),
    domains: all('queue-domain').flatMap((row) =>
      parseTallies([row]).map((tally) => ({ ...tally, ...given('oldest', unixTime(row[2])) })),
    ),
    reasons: parseTallies(all('queue-reason')),
  };
};

export const parseAccounts = ([total, created, active]: Values): StatusFacts['accounts'] => {
  const count = wholeNumber(total);
  return count === undefined
    ? undefined
    : {
        total: count,
        ...given('created', wholeNumber(created)),
        ...given('active', wholeNumber(active)),
      };
};

export const parseTraffic = (
  values: Values,
  refused: readonly Values[],
): StatusFacts['traffic'] => {
  const [since, delivered, sent, bounced, refusedTotal] = values.map(wholeNumber);
  if (since === undefined) return undefined;
  return {
    since: since * 1000,
    delivered: delivered ?? 0,
    sent: sent ?? 0,
    bounced: bounced ?? 0,
    refused: parseTallies(refused),
    refusedTotal: refusedTotal ?? 0,
  };
};
