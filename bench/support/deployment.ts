/** `cmdeploy run` as an operator starts it, on a host some distance away; and apt without it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PACKAGE_FUNCTIONS, prelude } from '../../src/engine/apply/shell.ts';
import { stepCommands } from '../../src/engine/apply/steps.ts';
import type { Step } from '../../src/engine/plan.ts';
import { labPaths } from '../../src/lab/paths.ts';
import { cmdeploy, type LabHost, tryCmdeploy } from '../../test/support/cmdeploy.ts';
import { type DelayProxy, startDelayProxy } from './delay-proxy.ts';
import { hostDown, hostUp, scriptOnHost, timed, writeIni } from './lab.ts';

const RUN_TIMEOUT_MS = 600_000;
/** The default of max_message_size; each change adds one. */
const MESSAGE_SIZE = 31_457_280;

export interface DeployRun {
  /** From the start of the process to its end. */
  readonly wallMs: number;
  /** As the run itself reports: without the start of Node.js and the connection. */
  readonly ms: number;
  readonly connections: number;
  readonly execs: number;
  readonly changed: boolean;
  readonly installed: readonly string[];
}

/** The parts of `cmdeploy run --json` that count here. */
interface RunReport {
  readonly changed: boolean;
  readonly steps: readonly Step[];
  readonly ms: number;
  readonly ssh: { readonly connections: number; readonly execs: number };
}

/** A lab host that is reached through a proxy, with an ini file and a home folder of its own. */
export class FarHost {
  readonly roundTripMs: number;
  readonly #host: LabHost;
  readonly #proxy: DelayProxy;
  readonly #home: string;
  #changes = 0;
  #ini = '';

  static async up(name: string, debian: '12' | '13', roundTripMs: number): Promise<FarHost> {
    const host = await hostUp(name, debian);
    const proxy = await startDelayProxy({ host: host.address, port: 22, roundTripMs });
    const home = await mkdtemp(join(tmpdir(), 'cmdeploy-bench-home-'));
    return new FarHost(host, proxy, home, roundTripMs);
  }

  private constructor(host: LabHost, proxy: DelayProxy, home: string, roundTripMs: number) {
    this.#host = host;
    this.#proxy = proxy;
    this.#home = home;
    this.roundTripMs = roundTripMs;
  }

  /** @param change whether chatmail.ini gets another value in one line first */
  async deploy(change: boolean): Promise<DeployRun> {
    if (change) this.#changes += 1;
    const ini = await writeIni(this.#host.domain, {
      max_message_size: String(MESSAGE_SIZE + this.#changes),
    });
    this.#ini = ini;
    const { ms: wallMs, result } = await timed(() =>
      cmdeploy(['run', '--json', '--config', ini, ...this.#access()], {
        timeoutMs: RUN_TIMEOUT_MS,
        env: { HOME: this.#home },
      }),
    );
    const { ms, changed, steps, ssh: counters } = JSON.parse(result) as RunReport;
    return { wallMs, ms, ...counters, changed, installed: steps.flatMap(installedBy) };
  }

  /**
   * A look after {@link deploy}. What it finds of the machine does not matter; a relay that is not well does.
   *
   * @returns milliseconds from the start of the process to its end
   */
  async status(): Promise<number> {
    const args = ['status', '--json', '--config', this.#ini, ...this.#access()];
    const { ms, result } = await timed(() => tryCmdeploy(args, { env: { HOME: this.#home } }));
    const report = JSON.parse(result.stdout) as { readonly level: string };
    if (report.level === 'error') throw new Error(`the relay is not well: ${result.stdout}`);
    return ms;
  }

  #access(): string[] {
    const ssh = ['--ssh-port', String(this.#proxy.port), '--identity', labPaths().key];
    return ['--host', '127.0.0.1', ...ssh, '--accept-new-host-key'];
  }

  async down(): Promise<void> {
    await this.#proxy.close();
    await rm(this.#home, { recursive: true });
    await hostDown(this.#host.name);
  }
}

const installedBy = (step: Step): readonly string[] =>
  step.kind === 'install' ? step.packages : [];

export const packagesOf = ({ installed }: DeployRun): readonly string[] => {
  if (installed.length === 0) throw new Error('the first run installed nothing');
  return installed;
};

/** Milliseconds that a deployment's apt commands take by themselves, measured on the host. */
export const aptAlone = async (host: LabHost, packages: readonly string[]): Promise<number> => {
  const output = await scriptOnHost(
    host,
    `${prelude('$(mktemp -d)')}
${PACKAGE_FUNCTIONS}
# Nobody else holds a lock on this host.
patient() { "$@"; }
started=$EPOCHREALTIME
( ${stepCommands({ kind: 'install', packages }, '')} ) </dev/null >/dev/null
echo "$started $EPOCHREALTIME"`,
  );
  const [started = Number.NaN, ended = Number.NaN] = output.trim().split(' ').map(Number);
  return (ended - started) * 1000;
};
