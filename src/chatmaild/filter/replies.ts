import type { SmtpReply } from '../milter/answers.ts';

/** Why a message is not taken: a word for the log, and what the client is told (RFC 3463 codes). */
export interface Refusal {
  readonly reason: string;
  readonly reply: SmtpReply;
}

const refusal = (reason: string, reply: SmtpReply): Refusal => ({ reason, reply });

export const NOT_ENCRYPTED = (why: string): Refusal =>
  refusal(`not-encrypted (${why})`, '523 5.7.1 Encryption Needed: Invalid Unencrypted Mail');

export const SENDER_NOT_LOGIN = refusal(
  'sender-not-login',
  '553 5.7.1 Envelope sender must be the address you are logged in as',
);
export const FROM_NOT_SENDER = refusal(
  'from-not-sender',
  '500 5.7.1 From must hold the address you are logged in as, and no other',
);
export const TOO_FAST = refusal(
  'rate',
  '450 4.7.1 Too many messages in a short time, try again in a moment',
);
export const HEADER_TOO_LARGE = refusal('header-too-large', '554 5.6.0 Message header too large');
export const FROM_INVALID = refusal('from-invalid', '554 5.7.1 From must hold exactly one address');
export const DKIM_MISSING = refusal('dkim-missing', '554 5.7.1 No DKIM signature found');
export const DKIM_INVALID = (why: string): Refusal =>
  refusal(`dkim-invalid (${why})`, '554 5.7.1 No valid DKIM signature found');
export const DKIM_LATER = refusal(
  'dkim-dns',
  '451 4.7.1 DKIM key cannot be looked up at the moment, try again later',
);
export const ACCOUNTS_DOWN = refusal(
  'accounts-unreachable',
  '451 4.3.0 Temporary problem of the server, try again later',
);
