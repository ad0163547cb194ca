import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { keep } from '../../../src/chatmaild/mxsend/kept.ts';

const folder = mkdtempSync(join(tmpdir(), 'kept-'));

async function* chunks(...texts: string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text);
}

const read = async (message: AsyncIterable<Buffer>): Promise<string> => {
  let text = '';
  for await (const chunk of message) text += chunk.toString();
  return text;
};

it('gives a message as often as it is wanted, and leaves no file', async () => {
  const text = 'x'.repeat(200_000);
  const kept = await keep(chunks(text, 'end'), folder);
  expect(readdirSync(folder)).toEqual([]);
  const [one, two] = await Promise.all([read(kept.read()), read(kept.read())]);
  expect([one === `${text}end`, two === one]).toEqual([true, true]);
  await kept.close();
});

it('tells messages apart, however they come in pieces', async () => {
  const all = await Promise.all([
    keep(chunks('ab', 'c'), folder),
    keep(chunks('a', 'bc'), folder),
    keep(chunks('abd'), folder),
  ]);
  const [one, same, other] = all.map(({ digest }) => digest);
  expect([one === same, one === other]).toEqual([true, false]);
  await Promise.all(all.map((kept) => kept.close()));
});

it('fails with the message', async () => {
  const broken = async function* () {
    yield Buffer.from('a');
    throw new Error('cut off');
  };
  await expect(keep(broken(), folder)).rejects.toThrow('cut off');
  expect(readdirSync(folder)).toEqual([]);
});
