import { describe, expect, it } from 'vitest';
import { deliverToGroup } from '../../../src/chatmaild/mxsend/group.ts';
import { Taken } from '../../../src/chatmaild/mxsend/taken.ts';
import { plainly, type Verdict } from '../../../src/chatmaild/mxsend/verdict.ts';

const FROM = 's@y.test';
const YES = plainly({ code: 250, text: 'ok' });
const NO: Verdict = { ...plainly({ code: 550, text: 'no such user' }), mayConcernSome: true };
const LATER = plainly({ code: 451, text: 'later' });
const BUSY: Verdict = { ...LATER, avoidMs: 10_000 };
const BROKEN: Verdict = { ...LATER, avoidMs: 60_000 };

async function* message(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}

/** A peer that takes a message for everybody or for nobody, like the first one who is not welcome. */
const peer = (unwelcome: Readonly<Record<string, Verdict>>) => {
  const posts: string[] = [];
  const times: number[] = [];
  const clock = { now: 0 };
  const context = {
    taken: new Taken(() => 0),
    now: () => clock.now,
    post: async (
      { to }: { to: readonly string[] },
      body: AsyncIterable<Buffer>,
      withinMs: number,
    ) => {
      times.push(withinMs);
      let text = '';
      for await (const chunk of body) text += chunk.toString();
      posts.push(`${text} to ${to.join()}`);
      clock.now += 90_000;
      const bad = to.find((address) => address in unwelcome);
      return bad === undefined ? YES : (unwelcome[bad] ?? YES);
    },
  };
  const deliver = async (text: string, ...to: string[]) =>
    await deliverToGroup(context, { from: FROM, to }, message(text));
  return { posts, times, deliver, has: (to: string) => context.taken.has(FROM, to) };
};

describe('deliverToGroup', () => {
  it('posts once where all are welcome', async () => {
    const { posts, deliver } = peer({});
    expect(await deliver('x', 'a', 'b')).toMatchObject({ reply: { code: 250 } });
    expect(posts).toEqual(['x to a,b']);
  });

  it('brings it to those who are welcome, once, and refuses the others in three turns', async () => {
    const { posts, deliver, has } = peer({ b: NO });
    expect(await deliver('x', 'a', 'b')).toMatchObject({ reply: { code: 451 }, avoidMs: 0 });
    expect([has('a'), has('b')]).toEqual([true, false]);
    expect(await deliver('x', 'a')).toMatchObject({ reply: { code: 250 } });
    expect(await deliver('x', 'b')).toEqual(NO);
    expect(posts).toEqual(['x to a,b', 'x to a', 'x to b', 'x to b']);
    expect(has('a')).toBe(false);
  });

  it('takes no other message for the one that somebody has', async () => {
    const { posts, deliver } = peer({ b: NO });
    await deliver('x', 'a', 'b');
    expect(await deliver('y', 'a')).toMatchObject({ reply: { code: 250 } });
    expect(await deliver('x', 'a')).toMatchObject({ reply: { code: 250 } });
    expect(posts).toEqual(['x to a,b', 'x to a', 'x to b', 'y to a']);
  });

  it('asks for the next when one is put off', async () => {
    const { deliver, has } = peer({ a: NO, b: BUSY });
    expect(await deliver('x', 'a', 'b', 'c')).toMatchObject({ reply: { code: 451 }, avoidMs: 0 });
    expect(has('c')).toBe(true);
  });

  it('refuses in their words when all are unwelcome, and asks all again when one is not', async () => {
    expect(await peer({ a: NO, b: NO }).deliver('x', 'a', 'b')).toEqual(NO);
    expect(await peer({ a: NO, b: LATER }).deliver('x', 'a', 'b')).toEqual(LATER);
  });

  it('does not ask again for each when the peer fails, or when it was not about recipients', async () => {
    const broken = peer({ a: BROKEN });
    expect(await broken.deliver('x', 'a', 'b')).toEqual(BROKEN);
    expect(broken.posts).toHaveLength(1);
    const inBetween = peer({ a: NO, b: BROKEN });
    expect(await inBetween.deliver('x', 'a', 'b', 'c')).toEqual(BROKEN);
    expect(inBetween.posts).toHaveLength(3);
  });

  it('ends before Postfix loses patience, and gives nobody up for that', async () => {
    const { times, deliver } = peer({ a: NO, b: NO, c: NO, d: NO });
    expect(await deliver('x', 'a', 'b', 'c', 'd')).toMatchObject({ reply: { code: 451 } });
    expect(times).toEqual([540_000, 450_000, 360_000, 270_000]);
  });
});
