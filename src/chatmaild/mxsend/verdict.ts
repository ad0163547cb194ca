/** What a peer's answer over HTTPS means to Postfix. */
import { asReplyText, type SmtpReply } from '../smtp/reply.ts';
import type { HttpAnswer } from './https.ts';

const MAX_REASON_LENGTH = 300;

export interface Verdict {
  readonly reply: SmtpReply;
  /** Whether the host turned out to take no mail over HTTPS. */
  readonly takesNone: boolean;
}

/**
 * 200, 400 and 413 are final; after anything else Postfix tries port 25. A bounce gets that chance
 * after 400 too: some may not know an empty sender.
 */
export const verdictOn = ({ status, text }: HttpAnswer, from: string): Verdict => {
  const final = (code: number, words: string): Verdict => ({
    reply: { code, text: words },
    takesNone: false,
  });
  if (status === 200) return final(250, '2.0.0 taken over HTTPS');
  if (status === 413) return final(552, '5.3.4 too large for the recipient (HTTPS 413)');
  if (status === 400 && from !== '') return final(...refusal(text));
  const takesNone = status === 404 || status === 405 || (status >= 300 && status < 400);
  return { reply: { code: 451, text: `4.4.0 HTTPS status ${status}` }, takesNone };
};

/** Relays like this one answer with the reply that they would have given on port 25. */
const refusal = (text: string): [code: number, text: string] => {
  const words = asReplyText(text, MAX_REASON_LENGTH);
  const smtp = /^(5\d\d)[ -]([ -~]+)$/.exec(words);
  if (smtp) return [Number(smtp[1]), smtp[2] ?? ''];
  return [554, `5.0.0 refused (HTTPS 400): ${words}`];
};
