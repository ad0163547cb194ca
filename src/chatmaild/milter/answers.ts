import { encodeFrame } from './frames.ts';
import { ANSWER, MILTER_VERSION, WANTED_ACTIONS, WANTED_STEPS } from './protocol.ts';

/** An SMTP reply: `523 5.7.1 Encryption Needed`. Its class, 4 or 5, decides whether to try again. */
export type SmtpReply = `${4 | 5}${number} ${string}`;

/** A change to a message that is accepted. */
export type MessageChange =
  /**
   * Replaces the `index`th header (from 1) of that name; an empty value removes it. The value comes
   * with the white space after the colon. Indices of later changes may shift: give the last first.
   */
  | {
      readonly kind: 'changeHeader';
      readonly name: string;
      readonly index: number;
      readonly value: string;
    }
  /** Inserts a header right below the mail server's own Received, which stays the first. */
  | { readonly kind: 'insertHeader'; readonly name: string; readonly value: string }
  /** Replaces the envelope sender; an empty one is the null sender. */
  | { readonly kind: 'changeFrom'; readonly address: string };

const text = (value: string): Buffer => Buffer.from(`${value}\0`, 'latin1');

const uint32 = (...values: readonly number[]): Buffer => {
  const buffer = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) buffer.writeUInt32BE(value, 4 * i);
  return buffer;
};

export const encodeNegotiation = (): Buffer =>
  encodeFrame(ANSWER.negotiate, uint32(MILTER_VERSION, WANTED_ACTIONS, WANTED_STEPS));

export const encodeContinue = (): Buffer => encodeFrame(ANSWER.continue);

export const encodeAccept = (): Buffer => encodeFrame(ANSWER.accept);

export const encodeReply = (reply: SmtpReply): Buffer => encodeFrame(ANSWER.replyCode, text(reply));

export const encodeChange = (change: MessageChange): Buffer => {
  switch (change.kind) {
    case 'changeHeader':
      return encodeFrame(
        ANSWER.changeHeader,
        uint32(change.index),
        text(change.name),
        text(change.value),
      );
    case 'insertHeader':
      return encodeFrame(ANSWER.insertHeader, uint32(1), text(change.name), text(change.value));
    case 'changeFrom':
      return encodeFrame(ANSWER.changeFrom, text(`<${change.address}>`));
  }
};
