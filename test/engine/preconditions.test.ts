import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { queryFor } from '../../src/engine/observe/query.ts';
import { observeScript } from '../../src/engine/observe/script.ts';
import { checkRoom } from '../../src/engine/preflight.ts';
import { combine, type Precondition } from '../../src/engine/state.ts';
import { bareFacts } from './scenario.ts';

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
  const section = script.slice(script.indexOf('echo @@preconditions'));
  const output = execFileSync('sh', ['-s'], { input: section, encoding: 'utf8', stdio: 'pipe' });
  expect(output).toBe('@@preconditions\nlicense\tit has no license\n@@end\n');
});

it('keeps the host from being deployed to', () => {
  const facts = { ...bareFacts, preconditions: { license: ['it has no license'] } };
  expect(checkRoom(state, facts, [])).toEqual([
    { level: 'error', what: 'it has no license', fix: 'get one' },
  ]);
  expect(checkRoom(state, bareFacts, [])).toEqual([]);
});

it('has a name of its own', () => {
  expect(() => combine([{ name: 'x', preconditions: [license, license] }])).toThrow('two parts');
});
