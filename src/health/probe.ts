/** The relay's own probe: what to run on the host, and how to read what it prints. */
import { z } from 'zod';
import type { Argv } from '../host/host.ts';
import { PROBE } from '../relay/paths.ts';

/**
 * Run as root; prints one line of JSON whether the relay does its job (exit status 0) or not (1), within
 * 20 seconds. A daemon that is just starting is given a second.
 */
export const PROBE_COMMAND: Argv = [PROBE, '--json', '--patience', '1'];

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
