/**
 * Numbers of the Sendmail milter protocol, version 6, as Postfix speaks it (libmilter's mfdef.h and
 * mfapi.h; Postfix MILTER_README).
 */

export const MILTER_VERSION = 6;

/** Commands of the mail server, by their letter. */
export const COMMAND = {
  abort: 'A',
  body: 'B',
  connect: 'C',
  macros: 'D',
  endOfMessage: 'E',
  helo: 'H',
  quitNewConnection: 'K',
  header: 'L',
  mail: 'M',
  endOfHeaders: 'N',
  negotiate: 'O',
  quit: 'Q',
  rcpt: 'R',
  data: 'T',
  unknown: 'U',
} as const;

/** Our answers, by their letter. */
export const ANSWER = {
  accept: 'a',
  continue: 'c',
  changeFrom: 'e',
  changeHeader: 'm',
  insertHeader: 'i',
  negotiate: 'O',
  replyCode: 'y',
} as const;

/** What a filter may change (SMFIF_*). */
export const ACTION = {
  addHeaders: 0x01,
  changeHeaders: 0x10,
  changeFrom: 0x40,
} as const;

/** Steps that the server leaves out, and answers that it does not wait for (SMFIP_*). */
const STEP = {
  noConnect: 0x1,
  noHelo: 0x2,
  noUnknown: 0x100,
  noData: 0x200,
  noReplyHeader: 0x80,
  noReplyRcpt: 0x8000,
  noReplyEndOfHeaders: 0x40000,
  noReplyBody: 0x80000,
  /** Header values keep the white space after the colon: DKIM's simple canonicalization needs it. */
  leadingSpace: 0x100000,
} as const;

const sum = (flags: Readonly<Record<string, number>>): number =>
  Object.values(flags).reduce((all, flag) => all | flag, 0);

/** Asked of the server; one that does not offer all of it is not a Postfix since 2.6. */
export const WANTED_ACTIONS = sum(ACTION);
export const WANTED_STEPS = sum(STEP);

/**
 * Longest frame accepted, in bytes. Postfix sends bodies in pieces of 64 KiB and headers up to its
 * header_size_limit (100 kB).
 */
export const MAX_FRAME_BYTES = 256 * 1024;

/** The server broke the protocol. The connection is of no more use. */
export class MilterProtocolError extends Error {
  override readonly name = 'MilterProtocolError';
}
