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

describe('secrets in files', () => {
  const withContent = (content: string, secret?: true) => {
    const files = demoState.files.map((file) =>
      file.path === CONF ? { ...file, content, ...(secret && { secret }) } : file,
    );
    return { ...demoState, files };
  };
  const shown = (content: string, live: string, secret?: true) => {
    const state = withContent(content, secret);
    return diffFiles(plan(state, edited), state, new Map([[CONF, Buffer.from(live)]]))[0];
  };

  it('are not shown; that one has changed is', () => {
    const diff = shown('password = new sesame\nx = 1\n', 'password = old sesame\nx = 2\n')?.diff;
    expect(diff).not.toContain('sesame');
    expect(diff).toMatch(/^-password = \[secret 1\]$/m);
    expect(diff).toMatch(/^\+password = \[secret 2\]$/m);
    expect(diff).toMatch(/^\+x = 1$/m);
  });

  it('are not shown of a private key whose beginning is not in the diff', () => {
    const key = (last: string) =>
      `-----BEGIN PRIVATE KEY-----\n${'MIIEkey0\n'.repeat(8)}${last}\n-----END PRIVATE KEY-----\n`;
    expect(shown(key('AAAA'), key('BBBB'))?.diff).not.toMatch(/MIIE|AAAA|BBBB/);
  });

  it('a file that is a secret only changes', () => {
    const file = shown('sesame', 'old', true);
    expect(file).toEqual({ path: CONF, change: 'changed', secret: true });
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
