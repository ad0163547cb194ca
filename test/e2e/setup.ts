/**
 * Makes the two relays before the first test and removes them after the last one, as an operator
 * would: with the CLI. `CMDEPLOY_TEST_KEEP=1` leaves them, and takes them over when they are there.
 */
import process from 'node:process';
import type { TestProject } from 'vitest/node';
import { cmdeploy, type LabHost, labHosts } from '../support/cmdeploy.ts';

const HOSTS = [
  { name: 'r12', debian: '12' },
  { name: 'r13', debian: '13' },
] as const;
const keep = process.env['CMDEPLOY_TEST_KEEP'] === '1';

async function bringUp(): Promise<LabHost[]> {
  const present = keep ? await labHosts() : [];
  if (present.length >= HOSTS.length) return present;
  for (const { name, debian } of HOSTS) await cmdeploy(['lab', 'up', name, '--debian', debian]);
  return await labHosts();
}

async function timed(what: string, work: Promise<unknown>): Promise<void> {
  const started = Date.now();
  await work;
  console.log(`${what}: ${((Date.now() - started) / 1000).toFixed(0)} s`);
}

async function tearDown(): Promise<void> {
  if (!keep) await cmdeploy(['lab', 'down']);
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  process.env['CMDEPLOY_LAB_DIR'] ??= `/var/tmp/cmdeploy-test-${process.pid}`;
  try {
    const hosts = await bringUp();
    await Promise.all(
      hosts.map(({ domain, config }) =>
        timed(`cmdeploy run, ${domain}`, cmdeploy(['run', '--config', config])),
      ),
    );
    project.provide('relays', hosts);
  } catch (error) {
    await tearDown();
    throw error;
  }
  return tearDown;
}
