import type { SmtpReply } from '../milter/answers.ts';
import type { Refusal } from './replies.ts';

export type Log = (line: string) => void;

/**
 * One line for a refused message: no address, no IP, no word of its content. Returns the reply.
 */
export const logRefusal = (
  log: Log,
  queueId: string,
  direction: 'incoming' | 'outgoing',
  { reason, reply }: Refusal,
): SmtpReply => {
  log(`${queueId.replace(/[^0-9A-Za-z]/g, '').slice(0, 32)} ${direction} refused: ${reason}`);
  return reply;
};
