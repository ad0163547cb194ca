import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { combine } from '../../../src/engine/combine.ts';
import type { MachineFacts } from '../../../src/engine/machine-facts.ts';
import { queryFor } from '../../../src/engine/observe/query.ts';
import { observeScript } from '../../../src/engine/observe/script.ts';
import { checkPreconditions } from '../../../src/engine/preflight/preconditions.ts';
import type { Precondition } from '../../../src/engine/state.ts';
import { bareFacts, deployedFacts } from '../scenario.ts';

const license: Precondition = {
  name: 'license',
  script: 'echo "it has no license"\ncat\necho noise >&2\nexit 7',
  fix: 'get one',
};
const state = combine([{ name: 'demo', preconditions: [license] }]);

it('is asked for once, whatever the releases are', () => {
  expect(queryFor([state, state]).preconditions).toHaveLength(1);
});

it('says what is wrong, and cannot disturb the rest of the look', () => {
  const script = observeScript(queryFor([state]));
  const section = script.slice(
    script.indexOf('echo @@preconditions'),
    script.indexOf('echo @@machine'),
  );
  const output = execFileSync('sh', ['-s'], { input: section, encoding: 'utf8', stdio: 'pipe' });
  expect(output).toBe('@@preconditions\nlicense\tit has no license\n');
});

it('keeps the host from being deployed to', () => {
  const facts = { ...bareFacts, preconditions: { license: ['it has no license'] } };
  expect(checkPreconditions(state, facts)).toEqual([
    { level: 'error', what: 'it has no license', fix: 'get one' },
  ]);
  expect(checkPreconditions(state, bareFacts)).toEqual([]);
});

it('may be a warning, always or once the host was deployed to', () => {
  const levels = (level: Precondition['level'] & string, machine: MachineFacts): string[] => {
    const facts = { ...bareFacts, preconditions: { license: ['none'] }, machine };
    const lenient = combine([{ name: 'demo', preconditions: [{ ...license, level }] }]);
    return checkPreconditions(lenient, facts).map((finding) => finding.level);
  };
  expect(levels('warning', bareFacts.machine)).toEqual(['warning']);
  expect(levels('error-at-first', bareFacts.machine)).toEqual(['error']);
  expect(levels('error-at-first', deployedFacts.machine)).toEqual(['warning']);
});

it('has a name of its own', () => {
  expect(() => combine([{ name: 'x', preconditions: [license, license] }])).toThrow('two parts');
});
