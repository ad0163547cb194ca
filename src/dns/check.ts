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
export const checkZone = async (facts: RelayFacts, options: CheckOptions): Promise<Report> => {
  const checks = relayChecks(facts);
  const { v4 = [], v6 = [] } = facts.addresses;
  const seen = await survey({
    domain: facts.domain,
    questions: checks.flatMap(({ questions }) => questions),
    addresses: [...v4, ...v6],
    resolvers: options.resolvers,
    publicResolvers: options.publicResolvers,
    port: options.port ?? DNS_PORT,
    deadlineMs: options.deadlineMs ?? DEADLINE_MS,
    signal: options.signal,
  });
  return buildReport(checks, seen);
};
