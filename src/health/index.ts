/**
 * Looks at a living relay: some commands beside each other on one connection, and questions to DNS from
 * here. All of them only read, but for the probe, which makes two accounts and removes them again.
 */

import { certificateFiles } from '../config/certificate.ts';
import type { Config } from '../config/schema.ts';
import { type Blueprint, desiredStates } from '../engine/examine.ts';
import { observe } from '../engine/observe/index.ts';
import { queryFor } from '../engine/observe/query.ts';
import type { DesiredState, Platform } from '../engine/state.ts';
import { RemoteCommandError } from '../host/errors.ts';
import type { Host } from '../host/host.ts';
import { DNS_LATE } from './dns.ts';
import type { DnsFact, StatusFacts } from './facts.ts';
import { parseStatus } from './parse.ts';
import { probeFact, runProbe } from './probe.ts';
import { recurring } from './recurring.ts';
import { buildReport, type StatusReport } from './report.ts';
import { type StatusQuery, statusScript, type TlsPort } from './script.ts';

/** The ports on which a TLS handshake shows that the service behind answers. */
const TLS_PORTS: readonly TlsPort[] = [
  { port: 25, starttls: 'smtp' },
  { port: 465 },
  { port: 993 },
  { port: 443 },
];

/** What can hang on the host has its own, shorter bounds. Milliseconds. */
const TIMEOUT_MS = 30_000;
/** A few kilobytes are usual. */
const MAX_OUTPUT_BYTES = 512 * 1024;

/** What is tried rather than looked at is tried once a minute, however often one looks. */
const TRY_EVERY_MS = 60_000;

/** A probe takes one second, DNS less; where something hangs, the look ends without them. Milliseconds. */
const PATIENCE_MS = { probe: 8000, dns: 4000 } as const;

export interface Lookout {
  readonly host: Host;
  readonly config: Config;
  readonly blueprint: Blueprint;
  /** Asks DNS, from the operator's side. */
  readonly askDns: () => Promise<DnsFact>;
}

/** One look. @throws HostError, ObservationError: the host could not be looked at */
export type LookAtRelay = () => Promise<StatusReport>;

export const createLookout = ({ host, config, blueprint, askDns }: Lookout): LookAtRelay => {
  const byRelease = desiredStates(blueprint);
  const states = Object.values(byRelease);
  const stateFor = ({ debian }: Platform): DesiredState => byRelease[debian];
  const query = queryFor(states, blueprint.network);
  const probe = recurring(() => runProbe(host), TRY_EVERY_MS);
  const dns = recurring(askDns, TRY_EVERY_MS);
  const statusQuery = statusQueryFor(config, query.units, states);
  return async () => {
    const started = Date.now();
    const [engine, seen, probed, asked] = await Promise.all([
      observe(host, query),
      observeStatus(host, statusQuery),
      probe(PATIENCE_MS.probe),
      dns(PATIENCE_MS.dns),
    ]);
    const clockOffsetMs = distance(seen.now, started, Date.now());
    const status = {
      ...seen,
      probe: probeFact(probed.at, probed.value),
      dns: asked.value ?? DNS_LATE,
    };
    return buildReport(
      { host: host.name, engine, status, stateFor, clockOffsetMs },
      config,
      blueprint,
    );
  };
};

const statusQueryFor = (
  config: Config,
  units: readonly string[],
  states: readonly DesiredState[],
): StatusQuery => ({
  domain: config.mail_domain,
  units,
  certificate: certificateFiles(config).certificate,
  tlsPorts: TLS_PORTS,
  notices: [...new Set(states.flatMap(({ followUps }) => followUps.map(({ notice }) => notice)))],
});

const observeStatus = async (host: Host, query: StatusQuery): Promise<StatusFacts> => {
  const argv = ['bash', '-s'] as const;
  const result = await host.exec(argv, {
    input: statusScript(query),
    timeoutMs: TIMEOUT_MS,
    maxOutputBytes: MAX_OUTPUT_BYTES,
  });
  if (result.code !== 0) throw new RemoteCommandError(host.name, argv, result);
  return parseStatus(result.stdout, query);
};

/** How far `time` is outside of an interval; below 0 when it is before. */
const distance = (time: number, from: number, to: number): number =>
  time < from ? time - from : Math.max(0, time - to);
