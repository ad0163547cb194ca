import type { Check } from './checks/check.ts';
import { relayChecks } from './checks/index.ts';
import type { RelayFacts } from './relay-records.ts';
import { buildReport, type Report } from './report.ts';
import { DNS_PORT, type Resolvers } from './resolvers.ts';
import { survey } from './survey.ts';

/** Milliseconds: with the connection to the host, below the half minute after which people think that it hangs. */
const DEADLINE_MS = 14_000;

export interface CheckOptions extends Resolvers {
  /** Of authoritative servers: 53, but in tests. */
  readonly port?: number;
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}

/** Compares what the world sees with what the relay needs. Rejects only by a mistake of ours. */
export const checkZone = (facts: RelayFacts, options: CheckOptions): Promise<Report> => {
  const { v4 = [], v6 = [] } = facts.addresses;
  return runChecks(facts.domain, relayChecks(facts), [...v4, ...v6], options);
};

/** Only some checks. @param addresses whose reverse names are looked up */
export const runChecks = async (
  domain: string,
  checks: readonly Check[],
  addresses: readonly string[],
  options: CheckOptions,
): Promise<Report> => {
  const seen = await survey({
    domain,
    questions: checks.flatMap(({ questions }) => questions),
    addresses,
    resolvers: options.resolvers,
    publicResolvers: options.publicResolvers,
    port: options.port ?? DNS_PORT,
    deadlineMs: options.deadlineMs ?? DEADLINE_MS,
    signal: options.signal,
  });
  return buildReport(checks, seen);
};
