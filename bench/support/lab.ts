/** A lab for one benchmark, its hosts, and the relays on them. */
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { loadConfig } from '../../src/config/load.ts';
import { combine } from '../../src/engine/combine.ts';
import { labDir } from '../../src/lab/paths.ts';
import { relayParts } from '../../src/relay/relay.ts';
import { cmdeploy, type LabHost } from '../../test/support/cmdeploy.ts';

/** Not under /tmp, which may be small. The process id tells abandoned ones. */
const LABS = '/var/tmp';
const LAB_PREFIX = 'cmdeploy-bench-';
const PATIENT = { timeoutMs: 900_000 };
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs `work` with a lab of its own, which is taken down however it ends. */
export const withLab = async <R>(work: () => Promise<R>): Promise<R> => {
  for (const abandoned of abandonedLabs()) await takeDown(abandoned);
  const dir = join(LABS, `${LAB_PREFIX}${process.pid}`);
  process.env['CMDEPLOY_LAB_DIR'] = dir;
  await mkdir(dir);
  let end: Promise<void> | undefined;
  const endLab = () => {
    end ??= takeDown(dir);
    return end;
  };
  // A terminal and the process that started us may both send the signal: `on`, not `once`.
  const interrupt = (signal: (typeof SIGNALS)[number]) => {
    const exit = () => process.exit(128 + constants.signals[signal]);
    endLab().then(exit, exit);
  };
  for (const signal of SIGNALS) process.on(signal, interrupt);
  try {
    return await work();
  } finally {
    await endLab();
    for (const signal of SIGNALS) process.off(signal, interrupt);
  }
};

const abandonedLabs = (): string[] =>
  readdirSync(LABS)
    .filter((name) => name.startsWith(LAB_PREFIX))
    .filter((name) => !existsSync(`/proc/${name.slice(LAB_PREFIX.length)}`))
    .map((name) => join(LABS, name));

const takeDown = async (dir: string): Promise<void> => {
  await cmdeploy(['lab', 'down'], { ...PATIENT, env: { CMDEPLOY_LAB_DIR: dir } });
  await rm(dir, { recursive: true, force: true });
};

/** Brings up one host. `warm` packages are there from the start, from a cached layer. */
export const hostUp = async (
  name: string,
  debian: '12' | '13',
  warm: readonly string[] = [],
): Promise<LabHost> => {
  const warmOption = warm.length === 0 ? [] : ['--warm', warm.join(',')];
  const args = ['lab', 'up', name, '--debian', debian, ...warmOption, '--json'];
  const [host] = JSON.parse(await cmdeploy(args, PATIENT)) as LabHost[];
  if (host === undefined) throw new Error(`${name} did not come up`);
  return host;
};

export const hostDown = async (name: string): Promise<void> => {
  await cmdeploy(['lab', 'down', name], PATIENT);
};

/** Runs a shell script as root on a host, for minutes if need be. */
export const scriptOnHost = (
  host: LabHost,
  script: string,
  args: readonly string[] = [],
): Promise<string> =>
  cmdeploy(['lab', 'ssh', host.name, '--', 'bash', '-euo', 'pipefail', '-s', '--', ...args], {
    input: script,
    ...PATIENT,
  });

/**
 * Limits that would measure themselves: how much one address may send, and the load up to which
 * accounts are made.
 */
const WITHOUT_LIMITS = {
  max_user_send_per_minute: '100000',
  max_user_send_burst_size: '100000',
  max_load_1m: '1000',
} as const;

/** Writes a chatmail.ini beside the lab's files, over an earlier one of this domain. Gives its path. */
export const writeIni = async (
  domain: string,
  settings: Readonly<Record<string, string>>,
): Promise<string> => {
  const path = join(labDir(), `${domain}.ini`);
  const lines = Object.entries({ mail_domain: domain, ...settings });
  await writeFile(path, `[params]\n${lines.map(([key, value]) => `${key} = ${value}\n`).join('')}`);
  return path;
};

/** chatmail.ini of a relay without limits. */
export const relayIni = (domain: string): Promise<string> => writeIni(domain, WITHOUT_LIMITS);

/** Brings up a host with its packages in place and deploys a relay without limits on it. */
export const relayUp = async (name: string, debian: '12' | '13'): Promise<LabHost> => {
  const ini = await relayIni(`_${name}.test`);
  const host = await hostUp(name, debian, relayPackages(ini, debian));
  await cmdeploy(['run', '--config', ini], PATIENT);
  return host;
};

const relayPackages = (ini: string, debian: '12' | '13'): readonly string[] =>
  combine(relayParts(loadConfig(ini), { debian: debian === '12' ? 12 : 13 })).packages;

/** Milliseconds that `work` takes, as the operator feels it. */
export const timed = async <R>(work: () => Promise<R>): Promise<{ ms: number; result: R }> => {
  const started = performance.now();
  const result = await work();
  return { ms: performance.now() - started, result };
};
