/** The relay's own probe: what to run on the host, and how to read what it prints. */
import { z } from 'zod';
import type { Argv, Host } from '../host/host.ts';
import { redact } from '../host/redact.ts';
import { PROBE } from '../relay/paths.ts';
import type { ProbeFact } from './facts.ts';

/** What a shell says of a program that is not there. */
const NOT_FOUND = 127;

/**
 * Run as root; prints one line of JSON whether the relay does its job (exit status 0) or not (1), within
 * 20 seconds. What fails is not tried again: a look is at this moment.
 */
export const PROBE_COMMAND: Argv = [
  'sh',
  '-c',
  `[ -x ${PROBE} ] || exit ${NOT_FOUND}; exec ${PROBE} --json --patience 0`,
];

const TIMEOUT_MS = 30_000;

/** @throws HostError */
export const runProbe = async (host: Host): Promise<ProbeReport | 'absent' | 'unreadable'> => {
  const { code, stdout } = await host.exec(PROBE_COMMAND, { timeoutMs: TIMEOUT_MS });
  if (code === NOT_FOUND) return 'absent';
  return parseProbeReport(stdout) ?? 'unreadable';
};

/** @param at when it began; `report` is undefined while it goes on */
export const probeFact = (
  at: number,
  report: Awaited<ReturnType<typeof runProbe>> | undefined,
): ProbeFact => {
  if (report === undefined) return { state: 'late', at, failed: [], notes: [] };
  if (typeof report === 'string') return { state: report, at, failed: [], notes: [] };
  const { ok, deliveryMs, steps, notes } = report;
  return {
    state: 'done',
    at,
    ok,
    ...(deliveryMs === undefined ? {} : { deliveryMs }),
    failed: steps
      .filter((step) => !step.ok)
      .map(({ name, error = 'failed' }) => ({ name, error: redact(error) })),
    notes: notes.map((note) => redact(note)),
  };
};

const MAX_REPORT_CHARACTERS = 64 * 1024;

const reportSchema = z.object({
  ok: z.boolean(),
  steps: z.array(
    z.object({
      name: z.string(),
      ok: z.boolean(),
      ms: z.number(),
      error: z.string().optional(),
    }),
  ),
  notes: z.array(z.string()),
  /** Milliseconds from handing a message over to its announcement in another account. */
  deliveryMs: z.number().optional(),
  ms: z.number(),
});

/** What a probe found. Its texts come from the host: untrusted. */
export type ProbeReport = z.output<typeof reportSchema>;

/** Undefined when that is no probe's answer, for example of a host without one. */
export const parseProbeReport = (stdout: string): ProbeReport | undefined => {
  if (stdout.length > MAX_REPORT_CHARACTERS) return undefined;
  try {
    return reportSchema.safeParse(JSON.parse(stdout)).data;
  } catch {
    return undefined;
  }
};
