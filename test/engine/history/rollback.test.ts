import { describe, expect, test } from 'vitest';
import { combine } from '../../../src/engine/combine.ts';
import { chooseGeneration } from '../../../src/engine/history/choose.ts';
import { GenerationError } from '../../../src/engine/history/errors.ts';
import type { History } from '../../../src/engine/history/read.ts';
import { prepareRollback } from '../../../src/engine/history/rollback.ts';
import { encodeState } from '../../../src/engine/history/stored-state.ts';
import { type DesiredState, ROOT } from '../../../src/engine/state.ts';
import type { ExecResult, Host } from '../../../src/host/host.ts';

const history = (change: Partial<History> = {}): History => ({
  runs: [{ run: 'a', summary: [], result: 'deployed' }],
  current: 5,
  generations: [3, 4, 5],
  debian: 12,
  running: false,
  warnings: [],
  ...change,
});
const lastRun = (result?: 'broken' | 'rolled-back'): Partial<History> => ({
  runs: [{ run: 'a', summary: [], ...(result ? { result } : {}) }],
});

describe('which generation', () => {
  test.each([
    ['the one before the current', {}, undefined, 4],
    ['the one that is named', {}, 3, 3],
    ['the current, when it is named', {}, 5, 5],
    ['the one before the current after a rollback by itself', lastRun('rolled-back'), undefined, 4],
    ['the current, when the last run broke it', lastRun('broken'), undefined, 5],
    ['the current, when the last run was cut short', lastRun(), undefined, 5],
    ['one before that is kept', { generations: [2, 5] }, undefined, 2],
    ['a named one, when the current is not known', { current: 0 }, 3, 3],
  ] as const)('%s', (_, change, wanted, expected) => {
    expect(chooseGeneration(history(change), wanted, 'alpha')).toBe(expected);
  });

  const { current: _, ...unknown } = history();
  test.each([
    ['unknown', history(), 9, /generation 9 is not kept there; kept are 3, 4, 5/],
    [
      'nothing before',
      history({ generations: [5] }),
      undefined,
      /no generation before 5.*kept are 5/,
    ],
    ['nothing at all', { ...unknown, generations: [] }, undefined, /no generation is kept there/],
    ['current not known', unknown, undefined, /name the one to deploy, kept are 3, 4, 5/],
  ])('%s', (_name, known, wanted, message) => {
    expect(() => chooseGeneration(known, wanted, 'alpha')).toThrow(GenerationError);
    expect(() => chooseGeneration(known, wanted, 'alpha')).toThrow(message);
  });
});

const file = (path: string) => ({ path, content: path, owner: ROOT, mode: 0o644 });
const unit = (name: string) => {
  const none = { files: [], packages: [] };
  return { name, restartOn: none, reloadOn: none };
};
const older = combine([{ name: 'a', files: [file('/etc/a')], units: [unit('a.service')] }]);
const newer = combine([
  { name: 'a', files: [file('/etc/a')], units: [unit('a.service')] },
  {
    name: 'b',
    files: [file('/etc/b')],
    links: [{ path: '/etc/c', target: '/etc/b' }],
    absent: ['/etc/gone'],
    units: [unit('b.service')],
  },
]);

const stored = (number: number, state: DesiredState, debian: 12 | 13 = 12) => {
  const { bytes, sha256 } = encodeState({ version: '1.2.3', platform: { debian }, state });
  return { number, bytes, sha256 };
};
type Stored = ReturnType<typeof stored>;

/** Answers as the host's shell would. */
const hostWith = (kept: readonly Stored[], current = '2\n'): Host => {
  const answer = (input: string): string =>
    (input.includes('for number in')
      ? kept.map(
          ({ number, sha256, bytes }) =>
            `state ${number} ${sha256} ${Buffer.from(bytes).toString('base64')}`,
        )
      : [
          'debian 12',
          `current ${Buffer.from(current).toString('base64')}`,
          ...kept.map(({ number }) => `generation ${number}`),
        ]
    )
      .concat('end')
      .join('\n');
  return {
    name: 'alpha',
    counters: { connections: 1, execs: 0 },
    close: () => Promise.resolve(),
    exec: (_argv, options): Promise<ExecResult> =>
      Promise.resolve({ code: 0, stdout: answer(String(options?.input)), stderr: '' }),
  };
};
const today = { parts: () => [], ports: [], version: '2.0.0' };
const damaged = (entry: Stored): Stored => ({ ...entry, sha256: '0'.repeat(64) });

describe('what is deployed', () => {
  test('the older state, and nothing that only the current one has', async () => {
    const host = hostWith([stored(1, older), stored(2, newer)]);
    const { blueprint, warnings } = await prepareRollback(host, undefined, today);
    const state = combine(blueprint.parts({ debian: 12 }));
    expect(warnings).toEqual([]);
    expect(blueprint).toMatchObject({ as: 1, version: '2.0.0' });
    expect(state.files).toEqual(older.files);
    expect(state.absent).toEqual(['/etc/b', '/etc/c', '/etc/gone']);
    expect(state.retired).toEqual([
      { name: 'b.service', because: 'generation 1 does not have it' },
    ]);
  });

  test('what the older state has is never removed', async () => {
    const host = hostWith([stored(1, newer), stored(2, older)]);
    const { blueprint } = await prepareRollback(host, 1, today);
    expect(combine(blueprint.parts({ debian: 12 }))).toEqual(newer);
  });

  test('the same again', async () => {
    const host = hostWith([stored(2, newer)]);
    const { blueprint } = await prepareRollback(host, 2, today);
    expect(combine(blueprint.parts({ debian: 12 }))).toEqual(newer);
  });

  test('the older state alone, with a warning, when the current one is damaged', async () => {
    const host = hostWith([stored(1, older), damaged(stored(2, newer))]);
    const { blueprint, warnings } = await prepareRollback(host, 1, today);
    expect(combine(blueprint.parts({ debian: 12 }))).toEqual(older);
    expect(warnings).toEqual([expect.stringMatching(/Generation 2.*is damaged.*stay/)]);
  });

  test('the older state alone, with warnings, when the current one is not known', async () => {
    const host = hostWith([stored(1, older), stored(2, newer)], 'x');
    const { blueprint, warnings } = await prepareRollback(host, 1, today);
    expect(combine(blueprint.parts({ debian: 12 }))).toEqual(older);
    expect(warnings).toHaveLength(2);
  });
});

describe('refused', () => {
  test('a damaged generation, with those that are left', async () => {
    const host = hostWith([stored(1, older), stored(2, newer), damaged(stored(3, older))]);
    const refused = expect(prepareRollback(host, 3, today)).rejects;
    await refused.toThrow(/generation 3 is damaged.*SHA-256.*Nothing was touched; kept are 1, 2/);
  });

  test('one of another release', async () => {
    const host = hostWith([stored(1, older, 13), stored(2, newer)]);
    await expect(prepareRollback(host, 1, today)).rejects.toThrow(
      /generation 1 was made for Debian 13, the host has Debian 12/,
    );
  });
});
