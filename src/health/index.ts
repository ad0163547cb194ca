/** Looks at a living relay: two commands beside each other on one connection; reads only. */

import { certificateFiles } from '../config/certificate.ts';
import type { Config } from '../config/schema.ts';
import { type Blueprint, desiredState } from '../engine/examine.ts';
import { observe } from '../engine/observe/index.ts';
import { queryFor } from '../engine/observe/query.ts';
import { ALL_PLATFORMS } from '../engine/preflight/system.ts';
import { RemoteCommandError } from '../host/errors.ts';
import type { Host } from '../host/host.ts';
import type { StatusFacts } from './facts.ts';
import { parseStatus } from './parse.ts';
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

/** @throws HostError, ObservationError: the host could not be looked at */
export const lookAtRelay = async (
  host: Host,
  config: Config,
  blueprint: Blueprint,
): Promise<StatusReport> => {
  const states = ALL_PLATFORMS.map((platform) => desiredState(blueprint, platform));
  const query = queryFor(states);
  const statusQuery: StatusQuery = {
    domain: config.mail_domain,
    units: query.units,
    certificate: certificateFiles(config).certificate,
    tlsPorts: TLS_PORTS,
    notices: [...new Set(states.flatMap(({ followUps }) => followUps.map(({ notice }) => notice)))],
  };
  const started = Date.now();
  const [engine, status] = await Promise.all([
    observe(host, query),
    observeStatus(host, statusQuery),
  ]);
  const clockOffsetMs = distance(status.now, started, Date.now());
  return buildReport({ host: host.name, engine, status, clockOffsetMs }, config, blueprint);
};

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
