/**
 * Everything that can go wrong with a deploy: the relay ends in the old or the new state, and accounts, mail
 * and queue are what they were. A choice of cases, or all with `CMDEPLOY_FAULTS=all`; `CMDEPLOY_FAULTS_SEED`
 * chooses others.
 */
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { loadConfigFile } from '../../src/config/load.ts';
import { type DeployResult, deploy } from '../../src/engine/deploy.ts';
import type { EngineEvent } from '../../src/engine/events.ts';
import { type Blueprint, examine } from '../../src/engine/examine.ts';
import { APPLY_UNIT, RUN_DIR } from '../../src/engine/layout.ts';
import { openHost } from '../../src/host/open.ts';
import { relayBlueprint } from '../../src/relay/blueprint.ts';
import { type Belongings, belongingsOf, makeBelongings } from '../support/belongings.ts';
import { BREAKAGES, withBroken } from '../support/broken-daemons.ts';
import { numbersFrom, shuffled } from '../support/choice.ts';
import { type LabHost, onHost, shellOnHost } from '../support/cmdeploy.ts';
import { bootAgain, cutPower } from '../support/power.ts';
import { downHost, upHost } from '../support/warm-host.ts';

const PATIENCE = { timeout: 180_000, interval: 500 };
const all = process.env['CMDEPLOY_FAULTS'] === 'all';
const seed = Number(process.env['CMDEPLOY_FAULTS_SEED'] ?? 1);

/** What happens to a run while it is at a step. */
const BLOWS = ['the run is killed', 'the connection is killed', 'the power is cut'] as const;
type Blow = (typeof BLOWS)[number];

/** Where the steps of the change are, as shares of all of them; the last is the gate's time. */
const MOMENTS = [0, 0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 1];

/** Room for what a run writes beside the live files, in KiB: too little for its scripts, its copies, or nothing. */
const ROOMS = [32, 256, 512, 768, 1024, 4096];

interface Case {
  readonly blow: Blow;
  readonly moment: number;
}

/** Both releases together have every broken daemon. */
const share = <T>(items: readonly T[], index: number): readonly T[] =>
  all ? items : items.filter((_, position) => position % 2 === index);

const roomsOf = (index: number): readonly number[] =>
  all ? ROOMS : shuffled(ROOMS, numbersFrom(seed)).slice(index, index + 1);

const casesOf = (index: number): Case[] => {
  const random = numbersFrom(seed + index);
  const choice = (): number[] => (all ? MOMENTS : [random()]);
  return BLOWS.flatMap((blow) => choice().map((moment) => ({ blow, moment })));
};

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
  ): Promise<DeployResult> => {
    const target = await openHost({ host: host.domain });
    try {
      return await deploy(target, wanted, emit, { who: 'alice@laptop' });
    } finally {
      await target.close();
    }
  };
  const stepsFor = async (wanted: Blueprint): Promise<number> => {
    const target = await openHost({ host: host.domain });
    try {
      return (await examine(target, wanted, () => undefined)).plan.steps.length;
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
    const steps = [await stepsFor(old), await stepsFor(wanted)];
    console.log(`${name}: ${steps[0] === 0 ? 'old' : 'new'} (${steps.join(', ')} steps missing)`);
    expect(steps.filter((count) => count === 0)).toHaveLength(1);
    if (steps[0] === 0) messageSize -= 1;
    await expectIntact();
  };

  const strike: Record<Blow, () => Promise<unknown>> = {
    'the run is killed': () =>
      shellOnHost(host, `systemctl kill --signal=KILL ${APPLY_UNIT} 2>/dev/null || true`),
    'the connection is killed': () =>
      shellOnHost(
        host,
        `for pid in $(pgrep -f '^tail .*${RUN_DIR}' || true); do
  while [ "$pid" -gt 1 ] && ! grep -q '^sshd' /proc/$pid/comm; do pid=$(ps -o ppid= -p "$pid" | tr -d ' '); done
  [ "$pid" -le 1 ] || kill -KILL "$pid"
done`,
      ),
    'the power is cut': async () => {
      await cutPower(host);
      await bootAgain(host);
    },
  };

  beforeAll(async () => {
    host = await upHost(name, debian, '--disk');
    await run(blueprint());
    const login = await makeBelongings(host);
    before = await belongingsOf(host, login);
    expect(before).toMatchObject({ messages: { length: 3 }, queue: { length: 1 } });
  });
  afterAll(() => downHost(host));

  const breakages = share(shuffled(BREAKAGES, numbersFrom(seed)), index);
  test.sequential.each(breakages)(
    '$what is put back',
    async (breakage) => {
      const error = await run(withBroken(blueprint(), breakage)).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ outcome: 'rolled-back', first: false });
      expect(await stepsFor(blueprint())).toBe(0);
      await expectIntact();
    },
    300_000,
  );

  test.sequential.each(casesOf(index))(
    '$blow at $moment of a run: the old or the new state',
    async ({ blow, moment }) => {
      const old = blueprint();
      messageSize += 1;
      const wanted = blueprint();
      let struck: Promise<unknown> | undefined;
      const ended = run(wanted, (event) => {
        const now = event.kind === 'step-started' && event.index >= moment * event.total;
        if (now || event.kind === 'gate-started') struck ??= strike[blow]();
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

  test.sequential.each(roomsOf(index))(
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
