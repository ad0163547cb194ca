/**
 * Everything that can go wrong with a deploy: the relay ends in the old or the new state, and accounts, mail
 * and queue are what they were. A choice of cases, or all with `CMDEPLOY_FAULTS=all`; `CMDEPLOY_FAULTS_SEED`
 * chooses others.
 */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { loadConfigFile } from '../../src/config/load.ts';
import { type DeployOptions, type DeployResult, deploy } from '../../src/engine/deploy.ts';
import type { EngineEvent } from '../../src/engine/events.ts';
import { type Blueprint, examine } from '../../src/engine/examine.ts';
import { APPLY_UNIT, RUN_DIR } from '../../src/engine/layout.ts';
import { describeStep } from '../../src/engine/plan.ts';
import { lookFromOutside, outsideWitness, regressions } from '../../src/health/outside.ts';
import { openHost } from '../../src/host/open.ts';
import { relayBlueprint } from '../../src/relay/blueprint.ts';
import { type Belongings, belongingsOf, makeBelongings } from '../support/belongings.ts';
import { BREAKAGES, withBroken } from '../support/broken-daemons.ts';
import { type LabHost, onHost, shellOnHost } from '../support/cmdeploy.ts';
import {
  all,
  BLOWS_TO_UNDO,
  breakagesOf,
  casesOf,
  FOLDERS,
  killsOf,
  ROOMS,
  seed,
  some,
} from '../support/fault-cases.ts';
import { killedCli, strike, withFirewall, withFull } from '../support/faults.ts';
import { downHost, upHost } from '../support/warm-host.ts';

const PATIENCE = { timeout: 180_000, interval: 500 };

describe.concurrent.each([
  { name: 'fault12', debian: 12, index: 0 },
  { name: 'fault13', debian: 13, index: 1 },
] as const)(`faults on Debian $debian, seed ${seed}`, ({ name, debian, index }) => {
  let host: LabHost;
  let before: Belongings;
  let messageSize = 20_000_000;

  const blueprint = (): Blueprint => {
    const { config } = loadConfigFile(host.config);
    return relayBlueprint({ ...config, max_message_size: messageSize }, '0.0.0-test', []);
  };
  const run = async (
    wanted: Blueprint,
    emit: (event: EngineEvent) => void = () => undefined,
    options: Partial<DeployOptions> = {},
  ): Promise<DeployResult> => {
    const target = await openHost({ host: host.domain });
    try {
      return await deploy(target, wanted, emit, { who: 'alice@laptop', ...options });
    } finally {
      await target.close();
    }
  };
  const stepsFor = async (wanted: Blueprint): Promise<string[]> => {
    const target = await openHost({ host: host.domain });
    try {
      return (await examine(target, wanted, () => undefined)).plan.steps.map(describeStep);
    } finally {
      await target.close();
    }
  };
  const settled = () =>
    vi.waitUntil(
      async () =>
        (await shellOnHost(
          host,
          `ls /var/lib/cmdeploy/current 2>/dev/null || true; systemctl is-active ${APPLY_UNIT} || true`,
        ).catch(() => 'away')) === 'inactive\n',
      PATIENCE,
    );
  const expectIntact = async (): Promise<void> => {
    await onHost(host, '/usr/local/lib/chatmaild/probe', '--any-certificate');
    expect(await belongingsOf(host, before.login)).toEqual(before);
    expect(await shellOnHost(host, "find /etc /usr/local -name '*.cmdeploy-new'")).toBe('');
  };

  const expectOldOrNew = async (old: Blueprint, wanted: Blueprint): Promise<void> => {
    await settled();
    // A service may be about to start again: systemd sees to that after a boot.
    const state = await vi.waitFor(async () => {
      const [toOld, toNew] = [await stepsFor(old), await stepsFor(wanted)];
      expect([toOld, toNew]).toContainEqual([]);
      return toOld.length === 0 ? 'old' : 'new';
    }, PATIENCE);
    console.log(`${name}: ${state}`);
    if (state === 'old') messageSize -= 1;
    await expectIntact();
  };

  beforeAll(async () => {
    host = await upHost(name, debian, '--disk');
    await run(blueprint());
    const login = await makeBelongings(host);
    before = await belongingsOf(host, login);
    expect(before).toMatchObject({ messages: { length: 3 }, queue: { length: 1 } });
  });
  afterAll(() => downHost(host));

  const expectOld = async (): Promise<void> => {
    await vi.waitFor(async () => expect(await stepsFor(blueprint())).toEqual([]), PATIENCE);
    await expectIntact();
  };

  test.sequential.each(breakagesOf(index))(
    '$what is put back',
    async (breakage) => {
      const error = await run(withBroken(blueprint(), breakage)).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ outcome: 'rolled-back', first: false });
      await expectOld();
    },
    300_000,
  );

  test.sequential('what only the side of the operator sees is put back', {
    timeout: 300_000,
    skip: !all && index !== 0,
  }, async () => {
    const target = { host: host.address, mailDomain: host.domain, anyCertificate: true };
    const before = await lookFromOutside(target);
    const witness = outsideWitness(target);
    const error = await run(withFirewall(blueprint()), undefined, { witness }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({
      outcome: 'rolled-back',
      failure: { output: [expect.stringContaining('port 80 no longer answers')] },
    });
    expect(regressions(before, await lookFromOutside(target))).toEqual([]);
    await expectOld();
  });

  test.sequential.each(casesOf(index))(
    '$blow at $moment of a run: the old or the new state',
    async ({ blow, moment }) => {
      const old = blueprint();
      messageSize += 1;
      const wanted = blueprint();
      let struck: Promise<unknown> | undefined;
      const ended = run(wanted, (event) => {
        const now = event.kind === 'step-started' && event.index >= moment * event.total;
        if (now || event.kind === 'gate-started') struck ??= strike(host, blow);
      }).then(
        () => undefined,
        () => undefined,
      );
      await Promise.race([ended, vi.waitUntil(() => struck !== undefined, PATIENCE)]);
      await struck;
      await expectOldOrNew(old, wanted);
    },
    300_000,
  );

  test.sequential.each(killsOf(index))(
    'cmdeploy is killed at %d of a run: the old or the new state',
    async (moment) => {
      const old = blueprint();
      messageSize += 1;
      const wanted = blueprint();
      await killedCli(host, messageSize, moment);
      await expectOldOrNew(old, wanted);
    },
    300_000,
  );

  test.sequential.each(some(BLOWS_TO_UNDO, index))(
    '%s while a run is undone: the old state',
    async (blow) => {
      const [breakage] = BREAKAGES.filter(({ path }) => path.endsWith('/filter.cjs'));
      if (!breakage) throw new Error('There is no broken filter.');
      messageSize += 1;
      const wanted = withBroken(blueprint(), breakage);
      messageSize -= 1;
      let struck: Promise<unknown> | undefined;
      const ended = run(wanted, (event) => {
        if (event.kind === 'undo-started') struck ??= strike(host, blow);
      }).then(
        () => undefined,
        () => undefined,
      );
      await Promise.race([ended, vi.waitUntil(() => struck !== undefined, PATIENCE)]);
      expect(struck).toBeDefined();
      await struck;
      await settled();
      await expectOld();
    },
    300_000,
  );

  test.sequential.each(some(FOLDERS, index))(
    'no room in %s: the old or the new state',
    async (folder) => {
      const old = blueprint();
      messageSize += 1;
      const wanted = blueprint();
      await withFull(host, folder, async () => {
        await run(wanted).catch(() => undefined);
        await settled();
      });
      await expectOldOrNew(old, wanted);
    },
    300_000,
  );

  test.sequential.each(some(ROOMS, index))(
    'a disk with room for %d KiB: the old or the new state',
    async (size) => {
      const old = blueprint();
      messageSize += 1;
      const wanted = blueprint();
      await shellOnHost(host, `mount -t tmpfs -o size=${size}k tmpfs ${RUN_DIR}`);
      try {
        await run(wanted).catch(() => undefined);
        await settled();
      } finally {
        await onHost(host, 'umount', '-l', RUN_DIR);
      }
      await expectOldOrNew(old, wanted);
    },
    300_000,
  );
});
