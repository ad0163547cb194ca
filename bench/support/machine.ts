import { cpus, loadavg, release, totalmem } from 'node:os';
import process from 'node:process';

/** What the figures were measured on; they mean little without it. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryMiB: number;
  readonly kernel: string;
  readonly node: string;
  /** Load average of the last minute: of others too, if the machine is shared. */
  readonly load1m: number;
}

export const describeMachine = (): Machine => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryMiB: Math.round(totalmem() / 2 ** 20),
  kernel: release(),
  node: process.version,
  load1m: Number((loadavg()[0] ?? 0).toFixed(2)),
});
