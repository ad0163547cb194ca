import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { applyScript } from '../../src/engine/apply/script.ts';
import { combine } from '../../src/engine/combine.ts';
import { POLICY_RC_D_TEXT } from '../../src/engine/layout.ts';
import { plan } from '../../src/engine/planning/index.ts';
import { type Part, ROOT } from '../../src/engine/state.ts';
import { bareFacts, CONF, compileOptions, demoPart, demoState } from './scenario.ts';

const scriptFor = (part: Part): string => {
  const state = combine([part]);
  return applyScript(plan(state, bareFacts), state, compileOptions);
};

const shell = (script: string, input = ''): string =>
  execFileSync('bash', ['-c', script], { input, encoding: 'utf8' });

it('is a script that bash understands, one function a step', () => {
  const script = scriptFor(demoPart);
  execFileSync('bash', ['-n'], { input: script });
  const steps = plan(demoState, bareFacts).steps.length;
  expect(script.match(/^step_\d+\(\)/gm)).toHaveLength(steps);
  expect(script.match(/^run_step \d+$/gm)).toHaveLength(steps);
  expect(script).toContain('of cmdeploy 1.2.3');
});

it('checks the staged file, not the live one', () => {
  expect(scriptFor(demoPart)).toContain(
    `demo -t /var/lib/cmdeploy/runs/20260101T000000000Z/stage${CONF}`,
  );
});

it('carries any content to the host, byte for byte', () => {
  const content = Uint8Array.from({ length: 5000 }, (_, index) => (index * 7) % 256);
  const path = "/etc/it's here";
  const script = scriptFor({ name: 'x', files: [{ path, content, owner: ROOT, mode: 0o600 }] });
  const unpack = /^unpack '.*?<<'END'\n([\s\S]*?)\nEND$/m.exec(script);
  const arrived = execFileSync('sh', ['-c', 'base64 -d | gzip -d'], { input: unpack?.[1] ?? '' });
  expect(Uint8Array.from(arrived)).toEqual(content);
});

it('leaves texts of several lines as they are: a killed run is known by its policy-rc.d', () => {
  expect(scriptFor(demoPart)).toContain(`policy_text='${POLICY_RC_D_TEXT}'`);
});

it('keeps hostile names in one shell word', () => {
  const path = '/tmp/$(touch /tmp/never)`id`"\'; x';
  const script = scriptFor({
    name: 'x',
    absent: [],
    files: [{ path, content: '', owner: ROOT, mode: 0o600 }],
  });
  const call = /^(put '.*)$/m.exec(script)?.[1] ?? '';
  expect(shell(`put() { printf %s "$1"; }\n${call}`)).toBe(path);
});

it('waits while another package manager holds a lock, and for nothing else', () => {
  const patient = /^patient\(\) \{[\s\S]*?^\}$/m.exec(scriptFor(demoPart))?.[0] ?? '';
  const answer = (errors: readonly string[]): string => {
    const attempts = errors.map(
      (error, index) => `${index + 1}) echo '${error}' >&2; return 100;;`,
    );
    return shell(`run=$(mktemp -d); tries=0; ${patient}
      sleep() { :; }
      fake_apt() { tries=$((tries + 1)); case $tries in ${attempts.join('\n')} esac; echo done; }
      status=0; patient fake_apt || status=$?
      echo "$status after $tries"; rm -r "$run"`);
  };
  const lists = 'E: Could not get lock /var/lib/apt/lists/lock. It is held by process 7 (apt-get)';
  const dpkg = 'dpkg: error: dpkg frontend lock was locked by another process with pid 7';
  expect(answer([lists, dpkg])).toBe(`${lists}\ndone\n0 after 3\n`);
  expect(answer(['E: no such package'])).toBe('E: no such package\n100 after 1\n');
});
