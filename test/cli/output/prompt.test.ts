import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { ask, PromptAbortedError } from '../../../src/cli/output/prompt.ts';

const conversation = () => {
  const input = new PassThrough();
  const output = new PassThrough();
  return { input, output, shown: () => String(output.read() ?? '') };
};

test('the question is shown, the line typed is the answer', async () => {
  const { input, output, shown } = conversation();
  const answer = ask('Continue? ', {}, { input, output });
  input.write('yes\n');
  expect(await answer).toBe('yes');
  expect(shown()).toContain('Continue? ');
});

test('a hidden answer is not shown', async () => {
  const { input, output, shown } = conversation();
  const answer = ask('Passphrase: ', { hidden: true }, { input, output });
  input.write('sesame\n');
  expect(await answer).toBe('sesame');
  expect(shown()).toBe('Passphrase: \n');
});

test.each([
  ['Ctrl-C', '\u0003'],
  ['Ctrl-D', '\u0004'],
])('%s stops', async (_name, typed) => {
  const { input, output } = conversation();
  const answer = ask('Continue? ', {}, { input, output });
  input.write(typed);
  await expect(answer).rejects.toBeInstanceOf(PromptAbortedError);
});
