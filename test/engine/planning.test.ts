import { describe, expect, it } from 'vitest';
import { combine } from '../../src/engine/combine.ts';
import type { Facts, FileFact, UnitFact } from '../../src/engine/facts.ts';
import { POLICY_RC_D, POLICY_RC_D_TEXT } from '../../src/engine/layout.ts';
import { describeStep } from '../../src/engine/plan.ts';
import { plan } from '../../src/engine/planning/index.ts';
import { sha256 } from '../../src/engine/planning/sha256.ts';
import { ROOT } from '../../src/engine/state.ts';
import { bareFacts, CONF, demoPart, demoState, deployedFacts, KEY, UNIT_FILE } from './scenario.ts';

const titles = (facts: Facts): string[] => plan(demoState, facts).steps.map(describeStep);

const withFile = (path: string, change: Partial<FileFact> | undefined): Facts => {
  const { [path]: before, ...others } = deployedFacts.files;
  const after = before && change ? { [path]: { ...before, ...change } } : {};
  return { ...deployedFacts, files: { ...others, ...after } };
};

const withUnit = (change: Partial<UnitFact>): Facts => {
  const before = deployedFacts.units['demo.service'];
  if (!before) throw new Error('the scenario has no demo.service');
  return { ...deployedFacts, units: { 'demo.service': { ...before, ...change } } };
};

describe('plan', () => {
  it('sets a bare host up in the order a careful person would', () => {
    expect(titles(bareFacts)).toEqual([
      'install demo openssl',
      'add system user demo',
      'add demo to ssl-cert',
      'make directory /var/lib/demo',
      `make key: ${KEY}`,
      'check with demo -t',
      `write ${CONF}`,
      `write ${UNIT_FILE}`,
      'reload systemd',
      'enable demo.service',
      'start demo.service',
      'see that the services stay up',
    ]);
  });

  it('leaves a deployed host alone', () => {
    expect(plan(demoState, deployedFacts).steps).toEqual([]);
  });

  it('never restarts a unit that reads nothing of ours', () => {
    const nothing = { files: [], packages: [] };
    const name = 'demo.service';
    const state = combine([
      { ...demoPart, units: [{ name, restartOn: nothing, reloadOn: nothing }] },
    ]);
    expect(plan(state, { ...deployedFacts, stamps: {} }).steps).toEqual([]);
  });

  it('removes what is not desired from a folder that is all ours, and nothing else', () => {
    const link = { type: 'link', user: 'root', group: 'root', mode: 0o777, target: 'x' } as const;
    const files: Facts['files'] = {
      ...deployedFacts.files,
      '/etc/demo/stray': link,
      '/etc/demo/folder': { type: 'directory', user: 'root', group: 'root', mode: 0o755 },
      '/etc/demolished/file': link,
    };
    const exclusive = { path: '/etc/demo', owner: ROOT, mode: 0o755, exclusive: true } as const;
    const state = combine([{ ...demoPart, directories: [exclusive] }]);
    const removed = plan(state, { ...deployedFacts, files }).steps.flatMap((step) =>
      step.kind === 'remove' ? [step.path] : [],
    );
    expect(removed).toEqual(['/etc/demo/stray']);
  });

  const restarted = [
    'reload systemd',
    `restart demo.service: ${UNIT_FILE}`,
    'see that the services stay up',
  ];

  const scenarios: [string, Facts, string[]][] = [
    [
      'reloads after a change that the daemon can reload',
      withFile(CONF, { sha256: sha256('edited') }),
      [
        'check with demo -t',
        `change ${CONF}`,
        `reload demo.service: ${CONF}`,
        'see that the services stay up',
      ],
    ],
    [
      'restarts after a change of the unit',
      withFile(UNIT_FILE, { sha256: sha256('edited') }),
      [`change ${UNIT_FILE}`, ...restarted],
    ],
    [
      'writes a removed file again',
      withFile(UNIT_FILE, undefined),
      [`write ${UNIT_FILE}`, ...restarted],
    ],
    [
      'replaces a link by the file that belongs there',
      withFile(UNIT_FILE, { type: 'link', target: '/elsewhere' }),
      [`change ${UNIT_FILE}`, ...restarted],
    ],
    ['mends owner and mode only', withFile(KEY, { mode: 0o644 }), [`set ${KEY} to root:root 600`]],
    [
      'makes a lost key again',
      withFile(KEY, undefined),
      [`make key: ${KEY}`, `reload demo.service: ${KEY}`, 'see that the services stay up'],
    ],
    [
      'removes what must not be there',
      {
        ...deployedFacts,
        files: {
          ...deployedFacts.files,
          '/etc/demo/old.conf': { type: 'file', user: 'root', group: 'root', mode: 0o644 },
        },
      },
      ['remove /etc/demo/old.conf'],
    ],
    [
      'reinstalls a removed package and restarts what it belongs to',
      { ...deployedFacts, packages: { openssl: '3.5' } },
      ['install demo', 'restart demo.service: demo', 'see that the services stay up'],
    ],
    [
      'restarts after a package was upgraded behind its back',
      { ...deployedFacts, packages: { demo: '1.1', openssl: '3.5' } },
      ['restart demo.service: demo', 'see that the services stay up'],
    ],
    [
      'starts a stopped unit',
      withUnit({ active: 'inactive' }),
      ['start demo.service: it is inactive', 'see that the services stay up'],
    ],
    [
      'starts a failed unit',
      withUnit({ active: 'failed' }),
      ['start demo.service: it is failed', 'see that the services stay up'],
    ],
    ['enables a disabled unit', withUnit({ file: 'disabled' }), ['enable demo.service']],
    [
      'unmasks a masked unit',
      withUnit({ file: 'masked', load: 'masked', active: 'inactive' }),
      [
        'unmask demo.service',
        'enable demo.service',
        'start demo.service: it is inactive',
        'see that the services stay up',
      ],
    ],
    [
      'reloads systemd when it has old unit files in memory',
      withUnit({ needsDaemonReload: true }),
      ['reload systemd'],
    ],
    [
      'catches up on a restart that an interrupted run owes',
      { ...deployedFacts, stamps: {} },
      ['restart demo.service: first deploy', 'see that the services stay up'],
    ],
    [
      'stops and masks a rival, once',
      {
        ...deployedFacts,
        units: {
          ...deployedFacts.units,
          'rival.service': {
            load: 'loaded',
            active: 'active',
            file: 'enabled',
            needsDaemonReload: false,
          },
        },
      },
      ['stop and mask rival.service: it takes the same port'],
    ],
    [
      'removes the policy-rc.d of an interrupted run first',
      {
        ...deployedFacts,
        files: {
          ...deployedFacts.files,
          [POLICY_RC_D]: {
            type: 'file',
            user: 'root',
            group: 'root',
            mode: 0o755,
            sha256: sha256(POLICY_RC_D_TEXT),
          },
        },
      },
      [`remove ${POLICY_RC_D}, left by an interrupted run`],
    ],
    [
      "leaves an operator's own policy-rc.d alone",
      {
        ...deployedFacts,
        files: {
          ...deployedFacts.files,
          [POLICY_RC_D]: {
            type: 'file',
            user: 'root',
            group: 'root',
            mode: 0o755,
            sha256: sha256('#!/bin/sh\nexit 0\n'),
          },
        },
      },
      [],
    ],
  ];

  it.each(scenarios)('%s', (_, facts, expected) => {
    expect(titles(facts)).toEqual(expected);
  });

  it('restarts once when a restart and a reload are both due', () => {
    const stamp = { ...deployedFacts.stamps['demo.service'], [CONF]: 'old', demo: '0.9' };
    const steps = titles({ ...deployedFacts, stamps: { 'demo.service': stamp } });
    expect(steps).toEqual(['restart demo.service: demo', 'see that the services stay up']);
  });

  it('holds neither contents nor secrets, and survives JSON', () => {
    const made = plan(demoState, bareFacts);
    const text = JSON.stringify(made);
    expect(text).not.toContain('hello');
    expect(JSON.parse(text)).toEqual(made);
  });

  it('runs a refresh when its inputs changed, and not again', () => {
    const refresh = {
      name: 'demo-map',
      command: ['demo-map'] as const,
      inputs: { files: [CONF], packages: [] },
    };
    const state = combine([{ name: 'demo', refreshes: [refresh] }]);
    const run = (stamps: Facts['stamps']): string[] =>
      plan(state, { ...deployedFacts, stamps }).steps.map(describeStep);
    expect(run({})).toEqual(['run demo-map: first deploy']);
    expect(run({ 'demo-map': { [CONF]: sha256('old') } })).toEqual([`run demo-map: ${CONF}`]);
    expect(run({ 'demo-map': { [CONF]: sha256('hello\n') } })).toEqual([]);
  });
});

describe('combine', () => {
  it('refuses two parts that claim the same thing', () => {
    expect(() => combine([demoPart, { ...demoPart, users: [] }])).toThrow(/claim the path/);
    expect(() => combine([demoPart, { name: 'x', users: demoPart.users ?? [] }])).toThrow(
      'two parts claim the user demo',
    );
  });
});
