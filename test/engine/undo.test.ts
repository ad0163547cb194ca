import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KEEP_FUNCTIONS, keepCommands, keptOf } from '../../src/engine/apply/previous.ts';
import { runFiles } from '../../src/engine/apply/script.ts';
import { settleScript } from '../../src/engine/apply/settle.ts';
import { undoScript } from '../../src/engine/apply/undo.ts';
import { combine } from '../../src/engine/combine.ts';
import { plan } from '../../src/engine/planning/index.ts';
import { ROOT } from '../../src/engine/state.ts';
import { bareFacts, CONF, compileOptions, demoPart, demoState } from './scenario.ts';

const demoPlan = plan(demoState, bareFacts);
const { runId } = compileOptions;

describe('the scripts of a run', () => {
  const files = runFiles(demoPlan, demoState, {
    ...compileOptions,
    stateFile: { bytes: new Uint8Array([1, 2]), sha256: 'ab' },
  });

  test('are ones that bash understands', () => {
    for (const { name, content } of files.filter(({ name }) => name.endsWith('.sh'))) {
      expect(() => execFileSync('bash', ['-n'], { input: content }), name).not.toThrow();
    }
  });

  test('know each file, stamp and unit that the plan touches', () => {
    const kept = keptOf(demoPlan);
    expect(kept.paths).toContain(CONF);
    expect(kept.paths).toContain('/var/lib/cmdeploy/stamps/demo.service');
    expect(kept.directories).toEqual(['/var/lib/demo']);
    expect(kept.units).toEqual(['demo.service']);
    const undo = undoScript(runId, kept);
    for (const path of kept.paths) {
      expect(keepCommands(kept)).toContain(`keep ${path}\n`);
      expect(undo).toContain(`restore ${path} ||`);
    }
  });

  test('judge by every gate, by its name on one line', () => {
    const gates = [{ name: 'two\nlines', command: ['probe', "it's"] as const }];
    expect(settleScript(combine([{ ...demoPart, gates }]))).toContain(
      `gate 'two lines' probe 'it'\\''s' || healthy=no`,
    );
  });
});

describe('what was there before', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "it's $(id) "));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const kept = () => {
    const path = (name: string): string => join(folder, name);
    const part = {
      name: 'x',
      files: ['changed', 'new', 'was-link', 'same'].map((name) => ({
        path: path(name),
        content: 'new',
        owner: ROOT,
        mode: 0o600,
      })),
      absent: [path('gone')],
      directories: [{ path: path('folder'), owner: ROOT, mode: 0o700 }],
    };
    const present = { type: 'file', user: 'root', group: 'root', mode: 0o600 } as const;
    const facts = { ...bareFacts, files: { [path('gone')]: present } };
    return keptOf(plan(combine([part]), facts));
  };

  /** Runs the functions of a script, not what it does with them. */
  const withFunctions = (commands: string): string => {
    const undo = undoScript(runId, kept());
    const functions = undo.slice(0, undo.indexOf('\nif [ -e "$run/finished" ]'));
    const script = `${functions}
run=$1; previous=$run/previous; mkdir -p "$run/units"
systemctl() { :; }
${commands}`;
    const run = join(folder, 'run');
    mkdirSync(run, { recursive: true });
    return execFileSync('bash', ['-c', script, 'bash', run], { encoding: 'utf8' });
  };

  const keepAll = (): void => {
    const commands = keepCommands(kept())
      .replace('if is_repair', 'if false')
      .replace(/^elif .*$/m, 'elif true; then')
      .replace('  kept\n', '');
    withFunctions(`${KEEP_FUNCTIONS}\n${commands}`);
  };

  test('comes back, twice the same; what was not there goes', () => {
    const path = (name: string): string => join(folder, name);
    writeFileSync(path('changed'), 'old', { mode: 0o640 });
    writeFileSync(path('gone'), 'old');
    writeFileSync(path('same'), 'same');
    symlinkSync('/nowhere', path('was-link'));
    mkdirSync(path('folder'), { mode: 0o711 });
    keepAll();
    writeFileSync(path('changed'), 'new');
    chmodSync(path('changed'), 0o600);
    writeFileSync(path('new'), 'new');
    rmSync(path('gone'));
    rmSync(path('was-link'));
    writeFileSync(path('was-link'), 'new');
    chmodSync(path('folder'), 0o700);
    writeFileSync(path('changed.cmdeploy-new'), 'half');

    withFunctions('restore_files');
    const restored = readFileSync(join(folder, 'run', 'restored'), 'utf8');
    withFunctions('restore_files; restore_units; [ -z "$failed" ]');

    expect(readFileSync(path('changed'), 'utf8')).toBe('old');
    expect(statSync(path('changed')).mode & 0o7777).toBe(0o640);
    expect(readFileSync(path('gone'), 'utf8')).toBe('old');
    expect(lstatSync(path('was-link')).isSymbolicLink()).toBe(true);
    expect(readlinkSync(path('was-link'))).toBe('/nowhere');
    expect(existsSync(path('new'))).toBe(false);
    expect(existsSync(path('changed.cmdeploy-new'))).toBe(false);
    expect(statSync(path('folder')).mode & 0o7777).toBe(0o711);
    expect(restored.trimEnd().split('\n').sort()).toEqual(
      ['changed', 'gone', 'new', 'was-link'].map(path).sort(),
    );
    expect(readFileSync(join(folder, 'run', 'restored'), 'utf8')).toBe(restored);
  });
});
