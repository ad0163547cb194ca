/**
 * Makes the relays before the first test and removes them after the last one, as an operator would: with
 * the CLI. Each lane, a worker of vitest, has two of its own, so that two files of tests run at a
 * time. `CMDEPLOY_TEST_KEEP=1` makes one lane and leaves it, and takes it over when it is there.
 */
import process from 'node:process';
import type { TestProject } from 'vitest/node';
import { cmdeploy, type LabHost, labHosts } from '../support/cmdeploy.ts';
import { upHost } from '../support/warm-host.ts';

/** The first two are bare hosts; the others have the packages, which saves a minute. */
const LANES = [
  [
    { name: 'r12', debian: 12, warm: false },
    { name: 'r13', debian: 13, warm: false },
  ],
  [
    { name: 's12', debian: 12, warm: true },
    { name: 's13', debian: 13, warm: true },
  ],
] as const;
type Wanted = (typeof LANES)[number][number];

const keep = process.env['CMDEPLOY_TEST_KEEP'] === '1';

async function bringUp({ name, debian, warm }: Wanted): Promise<LabHost> {
  const find = async () => (await labHosts()).find((host) => host.name === name);
  const present = keep ? await find() : undefined;
  if (present) return present;
  if (warm) return await upHost(name, debian);
  await cmdeploy(['lab', 'up', name, '--debian', String(debian)]);
  const host = await find();
  if (!host) throw new Error(`${name} did not come up.`);
  return host;
}

async function timed(what: string, work: Promise<unknown>): Promise<void> {
  const started = Date.now();
  await work;
  console.log(`${what}: ${((Date.now() - started) / 1000).toFixed(0)} s`);
}

async function makeLane(wanted: readonly Wanted[]): Promise<LabHost[]> {
  const hosts: LabHost[] = [];
  for (const host of wanted) hosts.push(await bringUp(host));
  await Promise.all(
    hosts.map(({ domain, config }) =>
      timed(`cmdeploy run, ${domain}`, cmdeploy(['run', '--config', config])),
    ),
  );
  return hosts;
}

async function tearDown(): Promise<void> {
  if (!keep) await cmdeploy(['lab', 'down']);
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  process.env['CMDEPLOY_LAB_DIR'] ??= `/var/tmp/cmdeploy-test-${process.pid}`;
  const lanes = LANES.slice(0, project.config.maxWorkers).map(makeLane);
  try {
    project.provide('lanes', await Promise.all(lanes));
  } catch (error) {
    // Nothing may come up any more when the lab goes down.
    await Promise.allSettled(lanes);
    await tearDown();
    throw error;
  }
  return tearDown;
}
