import { describe, expect, it } from 'vitest';
import { plan } from '../../../src/engine/planning/index.ts';
import { diffFiles } from '../../../src/engine/preview/diff.ts';
import { interruptionOf } from '../../../src/engine/preview/interruption.ts';
import { MAX_FILE_BYTES } from '../../../src/engine/preview/live-files.ts';
import { bareFacts, CONF, demoState, deployedFacts, UNIT_FILE } from '../scenario.ts';

const edited = {
  ...deployedFacts,
  files: { ...deployedFacts.files, [CONF]: { ...deployedFacts.files[CONF], sha256: 'x' } },
} as typeof deployedFacts;

const diffOf = (live: Uint8Array): string | undefined =>
  diffFiles(plan(demoState, edited), demoState, new Map([[CONF, live]]))[0]?.diff;

describe('diffFiles', () => {
  it('shows what changes, as diff -u does', () => {
    expect(diffOf(Buffer.from('hallo\nworld\n'))?.split('\n')).toEqual([
      `--- ${CONF}`,
      `+++ ${CONF}`,
      '@@ -1,2 +1,1 @@',
      '-hallo',
      '-world',
      '+hello',
      '',
    ]);
  });

  it('shows a new file whole, and says of the old one that there is none', () => {
    const [conf, unit] = diffFiles(plan(demoState, bareFacts), demoState, new Map());
    expect(conf).toMatchObject({ path: CONF, change: 'new' });
    expect(conf?.diff).toContain(`--- /dev/null\n+++ ${CONF}\n@@ -0,0 +1,1 @@\n+hello`);
    expect(unit?.path).toBe(UNIT_FILE);
  });

  it.each([
    ['binary', Uint8Array.of(1, 0, 2)],
    ['too long', new Uint8Array(MAX_FILE_BYTES + 1).fill(65)],
  ])('does not show what is %s', (_, live) => {
    expect(diffOf(live)).toBeUndefined();
  });
});

describe('interruptionOf', () => {
  const stamp = deployedFacts.stamps['demo.service'];
  const withStamp = (change: Record<string, string>) =>
    plan(demoState, { ...deployedFacts, stamps: { 'demo.service': { ...stamp, ...change } } });

  it('tells nothing, reload and restart apart', () => {
    expect(interruptionOf(plan(demoState, deployedFacts)).level).toBe('none');
    expect(interruptionOf(withStamp({ [CONF]: 'old' }))).toEqual({
      level: 'reload',
      restarted: [],
      reloaded: ['demo.service'],
    });
    expect(interruptionOf(withStamp({ demo: '0.9' }))).toEqual({
      level: 'restart',
      restarted: ['demo.service'],
      reloaded: [],
    });
  });

  it('does not count what was not running', () => {
    expect(interruptionOf(plan(demoState, bareFacts)).level).toBe('none');
  });
});
