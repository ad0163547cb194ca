/** What a peer's answer over HTTPS means to Postfix. */
import { errorCode } from '../error-code.ts';
import { asReplyText, type SmtpReply } from '../smtp/reply.ts';
import type { HttpAnswer } from './https.ts';
import { REMEMBERED_MS } from './routes.ts';

const MAX_REASON_LENGTH = 300;

export interface Verdict {
  readonly reply: SmtpReply;
  /** How long the peer's mail is better left to port 25. */
  readonly avoidMs: number;
  /** Whether some of the recipients may be the reason, and the others be welcome. */
  readonly mayConcernSome: boolean;
}

/** A reply, and nothing learned about the peer. */
export const plainly = (reply: SmtpReply): Verdict => ({
  reply,
  avoidMs: 0,
  mayConcernSome: false,
});

/**
 * 200, 400 and 413 are final; after anything else Postfix tries port 25. A bounce gets that chance
 * after 400 too: some may not know an empty sender.
 */
export const verdictOn = ({ status, text }: HttpAnswer, from: string): Verdict => {
  if (status === 200) return plainly({ code: 250, text: '2.0.0 taken over HTTPS' });
  if (status === 413)
    return plainly({ code: 552, text: '5.3.4 too large for the recipient (HTTPS 413)' });
  if (status === 400 && from !== '') return { ...plainly(refusal(text)), mayConcernSome: true };
  return {
    ...plainly({ code: 451, text: `4.4.0 HTTPS status ${status}` }),
    avoidMs: avoidAfter(status),
  };
};

const avoidAfter = (status: number): number => {
  // The bounce was refused, and nothing else.
  if (status === 400) return 0;
  const takesNone = status === 404 || status === 405 || (status >= 300 && status < 400);
  return takesNone ? REMEMBERED_MS.refused : REMEMBERED_MS.busy;
};

/** Of a peer from which there was no answer. */
export const verdictOnFailure = (error: unknown): Verdict => ({
  ...plainly({ code: 451, text: `4.4.2 HTTPS failed: ${errorCode(error)}` }),
  avoidMs: REMEMBERED_MS.failed,
});

/** Relays like this one answer with the reply that they would have given on port 25. */
const refusal = (text: string): SmtpReply => {
  const words = asReplyText(text, MAX_REASON_LENGTH);
  const smtp = /^(5\d\d)[ -]([ -~]+)$/.exec(words);
  if (smtp) return { code: Number(smtp[1]), text: smtp[2] ?? '' };
  return { code: 554, text: `5.0.0 refused (HTTPS 400): ${words}` };
};
