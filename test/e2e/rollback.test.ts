/** A deploy that fails, is found unhealthy, or is cut off: the host goes back to what it was. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { describeError } from '../../src/cli/errors.ts';
import { loadConfigFile } from '../../src/config/load.ts';
import { ApplyFailedError } from '../../src/engine/apply/errors.ts';
import { type DeployOptions, type DeployResult, deploy } from '../../src/engine/deploy.ts';
import type { EngineEvent } from '../../src/engine/events.ts';
import { type Blueprint, examine } from '../../src/engine/examine.ts';
import { APPLY_UNIT } from '../../src/engine/layout.ts';
import { openHost } from '../../src/host/open.ts';
import { relayBlueprint } from '../../src/relay/blueprint.ts';
import { cmdeploy, type LabHost, labHosts } from '../support/cmdeploy.ts';
import { newCredentials } from '../support/deltachat.ts';
import { DEMO_CONF, DEMO_UNIT, type Demo, demoBlueprint } from '../support/demo-blueprint.ts';
import { createByImap } from '../support/imap.ts';
import { bootAgain, cutPower } from '../support/power.ts';
import { relays } from '../support/relays.ts';
import { downHost } from '../support/warm-host.ts';

const PATIENCE = { timeout: 60_000, interval: 200 };

describe.concurrent.each([
  { name: 'back12', debian: 12 },
  { name: 'back13', debian: 13 },
] as const)('a deploy that goes wrong on Debian $debian', ({ name, debian }) => {
  let host: LabHost;

  const run = async (
    demo: Demo,
    options: Partial<DeployOptions> = {},
    emit: (event: EngineEvent) => void = () => undefined,
  ): Promise<DeployResult> => {
    const target = await openHost({ host: host.domain });
    try {
      return await deploy(target, demoBlueprint(demo), emit, { who: 'alice@laptop', ...options });
    } finally {
      await target.close();
    }
  };
  const failure = async (demo: Demo, options: Partial<DeployOptions> = {}) => {
    const error = await run(demo, options).catch((thrown: unknown) => thrown);
    if (!(error instanceof ApplyFailedError)) throw error;
    return error;
  };
  const stepsFor = async (demo: Demo): Promise<string[]> => {
    const target = await openHost({ host: host.domain });
    try {
      const { plan } = await examine(target, demoBlueprint(demo), () => undefined);
      return plan.steps.map(({ kind }) => kind);
    } finally {
      await target.close();
    }
  };
  const onHost = async (script: string): Promise<string> => {
    const target = await openHost({ host: host.domain });
    try {
      return (await target.exec(['bash', '-c', script])).stdout;
    } finally {
      await target.close();
    }
  };
  const state = (): Promise<string> =>
    onHost(`cat ${DEMO_CONF} /run/demo; systemctl is-active ${DEMO_UNIT} || true
cat /var/lib/cmdeploy/generation; ls /var/lib/cmdeploy/current 2>/dev/null || true
find /etc /usr/local -name '*.cmdeploy-new'`);
  const lastResult = (): Promise<string> =>
    onHost('tail -n 1 /var/lib/cmdeploy/history.jsonl | sed \'s/.*"result":"\\([^"]*\\)".*/\\1/\'');

  /** The host does it by itself. */
  const undone = () =>
    vi.waitUntil(
      async () => !(await state()).includes('current') && (await lastResult()) === 'rolled-back\n',
      PATIENCE,
    );

  beforeAll(async () => {
    await cmdeploy(['lab', 'up', name, '--debian', String(debian), '--disk']);
    const found = (await labHosts()).find((candidate) => candidate.name === name);
    if (!found) throw new Error(`${name} did not come up.`);
    host = found;
  });
  afterAll(() => downHost(host));

  test.sequential('a first one has nothing to go back to; the next one goes on', async () => {
    const error = await failure({ conf: 'one', gate: 'echo no; exit 3' });
    expect(error).toMatchObject({ outcome: 'broken', first: true });
    expect(error.failure).toMatchObject({ code: 3, output: ['no'] });
    expect(await run({ conf: 'one' })).toMatchObject({ outcome: 'deployed', generation: 1 });
    expect(await run({ conf: 'one' })).toMatchObject({ outcome: 'unchanged', generation: 1 });
  });

  test.sequential('a step that fails: files, unit and stamps are what they were', async () => {
    const before = await state();
    const error = await failure({ conf: 'broken' });
    expect(error).toMatchObject({ outcome: 'rolled-back', first: false });
    expect(error.failure.title).toContain(`reload ${DEMO_UNIT}`);
    expect(await state()).toBe(before);
    expect(await lastResult()).toBe('rolled-back\n');
    expect(await stepsFor({ conf: 'one' })).toEqual([]);
    expect(await run({ conf: 'one' })).toMatchObject({ outcome: 'unchanged' });
  });

  test.sequential('a gate that fails: a service it has brought is gone again', async () => {
    const before = await state();
    const unit = 'extra.service';
    const more = {
      name: 'more',
      files: [
        {
          path: `/etc/systemd/system/${unit}`,
          content: '[Service]\nExecStart=/bin/sleep inf\n[Install]\nWantedBy=multi-user.target\n',
          owner: { user: 'root', group: 'root' },
          mode: 0o644,
        },
      ],
      units: [
        {
          name: unit,
          restartOn: { files: [], packages: [] },
          reloadOn: { files: [], packages: [] },
        },
      ],
    };
    const error = await failure({ conf: 'two', more, gate: 'echo "no mail"; exit 1' });
    expect(error).toMatchObject({ outcome: 'rolled-back' });
    expect(error.failure.output).toEqual(['no mail']);
    expect(await state()).toBe(before);
    expect(
      await onHost(
        `systemctl show --property=LoadState,ActiveState ${unit}; ls /etc/systemd/system/multi-user.target.wants | grep extra || true`,
      ),
    ).toBe('LoadState=not-found\nActiveState=inactive\n');
  });

  test.sequential('what the operator sees decides, and so does a Ctrl-C', async () => {
    const before = await state();
    const witness = { before: async () => undefined, after: async () => ['port 25 is silent'] };
    const error = await failure({ conf: 'two' }, { witness });
    expect(error).toMatchObject({ outcome: 'rolled-back' });
    expect(error.failure.output).toEqual(['port 25 is silent']);
    const stop = new AbortController();
    const stopped = run({ conf: 'two', slow: 'sleep 2' }, { signal: stop.signal }, ({ kind }) => {
      if (kind === 'step-started') stop.abort();
    });
    await expect(stopped).rejects.toMatchObject({ outcome: 'rolled-back' });
    expect(await state()).toBe(before);
    expect(await onHost('tail -n 1 /var/lib/cmdeploy/history.jsonl')).toContain('rolled-back');
  });

  /** Begins a run that hangs with its files written, and leaves it alone. */
  const beginAndHang = async (conf: string): Promise<void> => {
    const slow = 'touch /run/hanging; while [ -e /run/hanging ]; do sleep 0.1; done';
    const gone = run({ conf, slow }).catch(() => undefined);
    await vi.waitUntil(
      async () => (await onHost('ls /run/hanging 2>/dev/null || true')) !== '',
      PATIENCE,
    );
    void gone;
  };

  test.sequential('a run that is killed is undone', async () => {
    const before = await state();
    await beginAndHang('two');
    expect(await onHost(`cat ${DEMO_CONF}`)).toBe('two');
    await expect(run({ conf: 'three' })).rejects.toThrow(/another run .* by alice@laptop from /);
    await onHost(`systemctl kill --signal=KILL ${APPLY_UNIT}`);
    await undone();
    expect(await state()).toBe(before);
  });

  test.sequential('a run that a power loss cuts off is undone when the host boots', async () => {
    await beginAndHang('two');
    await cutPower(host);
    await bootAgain(host);
    await undone();
    expect(await state()).toBe('oneoneactive\n1\n');
    expect(await stepsFor({ conf: 'one' })).toEqual([]);
    expect(await run({ conf: 'two' })).toMatchObject({ outcome: 'deployed', generation: 2 });
  });

  test.sequential('one that nothing has undone yet is undone by the next run', async () => {
    await beginAndHang('three');
    // Then the host cannot do it by itself.
    await onHost('rm /etc/systemd/system/*/cmdeploy-recover.service; sync');
    await cutPower(host);
    await bootAgain(host);
    expect(await onHost(`cat ${DEMO_CONF}; cat /var/lib/cmdeploy/current`)).toMatch(/^three\d+T/);
    expect(await run({ conf: 'four' })).toMatchObject({ outcome: 'deployed', generation: 3 });
    expect(await state()).toBe('fourfouractive\n3\n');
    expect(
      await onHost('grep -o \'"result":"[a-z-]*\' /var/lib/cmdeploy/history.jsonl | tail -n 2'),
    ).toBe('"result":"rolled-back\n"result":"deployed\n');
  });
});

/** What doveconf does not mind: nobody listens on port 993 any more. */
const BAD_LINES = `
service imap-login {
  inet_listener imaps {
    port = 0
  }
}
`;

describe.concurrent.each(relays)('$name, whose Dovecot would stop listening', (relay) => {
  test.sequential('serves as before, with exit code 5 and nothing left to do', async () => {
    const { config } = loadConfigFile(relay.config);
    const good = relayBlueprint(config, '0.0.0-test', []);
    const bad: Blueprint = {
      ...good,
      parts: (platform) =>
        good.parts(platform).map((part) => ({
          ...part,
          files: (part.files ?? []).map((file) =>
            file.path === '/etc/dovecot/dovecot.conf'
              ? { ...file, content: `${file.content}${BAD_LINES}` }
              : file,
          ),
        })),
    };
    const target = await openHost({ host: relay.domain });
    try {
      const failed = deploy(target, bad, () => undefined, { who: 'alice@laptop' });
      const error = await failed.catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ outcome: 'rolled-back', first: false });
      expect(describeError(error, false).code).toBe(5);
      const again = await deploy(target, good, () => undefined, { who: 'alice@laptop' });
      expect(again.outcome).toBe('unchanged');
    } finally {
      await target.close();
    }
    await createByImap(relay, newCredentials(relay.domain));
  });
});
