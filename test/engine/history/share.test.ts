import { describe, expect, it } from 'vitest';
import { combine } from '../../../src/engine/combine.ts';
import { join } from '../../../src/engine/history/share.ts';
import { type ManagedFile, ROOT } from '../../../src/engine/state.ts';
import { CONF, demoPart, demoState } from '../scenario.ts';

const file = (path: string, content: string): ManagedFile => ({
  path,
  content,
  owner: ROOT,
  mode: 0o644,
});
const tree = { path: '/srv/site', owner: ROOT, mode: 0o755, exclusive: true } as const;

const base = combine([
  demoPart,
  {
    name: 'site',
    directories: [tree, { path: '/srv/site/old', owner: ROOT, mode: 0o755 }],
    files: [file('/srv/site/a.html', 'a'), file('/srv/site/old/b.html', 'b')],
    absent: ['/srv/site/c.html'],
  },
]);
const share = combine([
  {
    name: 'site',
    directories: [tree],
    files: [file('/srv/site/a.html', 'new'), file('/srv/site/c.html', 'c')],
  },
]);

describe('join', () => {
  const whole = join(base, share);
  const contents = Object.fromEntries(whole.files.map(({ path, content }) => [path, content]));

  it('keeps all that the share does not speak of', () => {
    expect(whole.units).toEqual(demoState.units);
    expect(whole.generated).toEqual(demoState.generated);
    expect(contents[CONF]).toBe('hello\n');
    expect(whole.absent).toEqual(['/etc/demo/old.conf']);
  });

  it('has the files of the share in the place of its own, and in its folders no others', () => {
    expect(contents['/srv/site/a.html']).toBe('new');
    expect(contents['/srv/site/c.html']).toBe('c');
    expect(contents['/srv/site/old/b.html']).toBeUndefined();
    expect(whole.directories.map(({ path }) => path)).not.toContain('/srv/site/old');
  });

  it('is the base when the share is empty', () => {
    expect(join(base, combine([]))).toEqual(base);
  });
});
