/**
 * Messages with several recipients. A peer answers for all of them at once, so when it refuses, the
 * message is posted again for each: who is refused must keep nobody else from it.
 *
 * Postfix, too, wants one reply for all. When the peer has taken the message for some only, that is
 * 451, and Postfix, which has this service three times in its list of destinations, comes back at once:
 * those who have the message and those who do not are then kept apart, and get what is theirs.
 */
import type { SmtpReply } from '../smtp/reply.ts';
import { keep } from './kept.ts';
import { REMEMBERED_MS } from './routes.ts';
import type { Envelope } from './session.ts';
import type { Taken } from './taken.ts';
import { plainly, type Verdict } from './verdict.ts';

/**
 * For all posts of a message. Postfix waits ten minutes (smtp_data_done_timeout), then sends it once more,
 * and those who have it would get it twice.
 */
const ALL_POSTS_MS = 540_000;
/** How much of that must be left for another one. */
const ONE_POST_MS = 240_000;
const TAKEN: SmtpReply = { code: 250, text: '2.0.0 taken over HTTPS' };
const TAKEN_FOR_SOME: SmtpReply = { code: 451, text: '4.0.0 taken for some recipients over HTTPS' };
const NOT_ASKED: SmtpReply = { code: 451, text: '4.4.7 no time left over HTTPS' };

/** Gives up after `withinMs`. Never rejects. */
export type Post = (
  envelope: Envelope,
  message: AsyncIterable<Buffer>,
  withinMs: number,
) => Promise<Verdict>;

export interface GroupContext {
  readonly post: Post;
  readonly taken: Taken;
  /** Milliseconds of any clock. */
  readonly now: () => number;
}

/** @throws when `message` does, or when it cannot be kept */
export const deliverToGroup = async (
  { post, taken, now }: GroupContext,
  { from, to }: Envelope,
  message: AsyncIterable<Buffer>,
): Promise<Verdict> => {
  const end = now() + ALL_POSTS_MS;
  const kept = await keep(message);
  try {
    const left = to.filter((address) => !taken.has(from, address, kept.digest));
    const verdicts = await postToAll(
      left,
      (some) => post({ from, to: some }, kept.read(), end - now()),
      () => end - now() > ONE_POST_MS,
    );
    const missed = left.filter((_, index) => verdicts[index]?.reply.code !== 250);
    const got = to.filter((address) => !missed.includes(address));
    if (missed.length === 0) {
      for (const address of got) taken.forget(from, address, kept.digest);
      return plainly(TAKEN);
    }
    for (const address of got) taken.add(from, address, kept.digest);
    return got.length > 0 ? plainly(TAKEN_FOR_SOME) : worstOf(verdicts);
  } finally {
    await kept.close();
  }
};

/** A verdict for each of `to`, in their order. */
const postToAll = async (
  to: readonly string[],
  postTo: (some: readonly string[]) => Promise<Verdict>,
  isTime: () => boolean,
): Promise<readonly Verdict[]> => {
  if (to.length === 0) return [];
  const together = await postTo(to);
  if (to.length === 1 || !together.mayConcernSome) return to.map(() => together);
  const verdicts: Verdict[] = [];
  let goesOn = true;
  for (const address of to) {
    const verdict: Verdict = goesOn ? await postTo([address]) : plainly(NOT_ASKED);
    // A peer that puts one recipient off may take the message for the next.
    goesOn &&= verdict.avoidMs < REMEMBERED_MS.failed && isTime();
    verdicts.push(verdict);
  }
  return verdicts;
};

/** Nobody is given up for whom trying again may help. */
const worstOf = (verdicts: readonly Verdict[]): Verdict =>
  verdicts.find(({ reply }) => reply.code < 500) ?? verdicts[0] ?? plainly(TAKEN);
