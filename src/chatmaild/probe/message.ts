/** The message that a probe sends: encrypted in form (RFC 3156), random bytes in fact. */
import { randomBytes } from 'node:crypto';
import type { Envelope } from './smtp.ts';

export interface ProbeMessage {
  readonly source: string;
  /** What must be in the body that arrives. */
  readonly token: string;
}

/** What the relay puts in the place of every subject. */
const SUBJECT = '[...]';

/** Random bytes in a SEIPD packet (RFC 9580 section 5.13): tag 18, length in one octet, version 1. */
const seipd = (): Buffer => {
  const body = Buffer.concat([Buffer.from([1]), randomBytes(47)]);
  return Buffer.concat([Buffer.from([0xc0 | 18, body.length]), body]);
};

/** @param now milliseconds since 1970 */
export const probeMessage = ({ from, to }: Envelope, now: number): ProbeMessage => {
  const boundary = randomBytes(12).toString('hex');
  const token = seipd().toString('base64');
  const lines = [
    `From: <${from}>`,
    `To: <${to}>`,
    `Date: ${new Date(now).toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${randomBytes(12).toString('hex')}@localhost>`,
    'Subject: probe',
    'MIME-Version: 1.0',
    `Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary="${boundary}"`,
    '',
    `--${boundary}`,
    'Content-Type: application/pgp-encrypted',
    '',
    'Version: 1',
    '',
    `--${boundary}`,
    'Content-Type: application/octet-stream',
    '',
    '-----BEGIN PGP MESSAGE-----',
    '',
    token,
    '-----END PGP MESSAGE-----',
    '',
    `--${boundary}--`,
  ];
  return { source: lines.map((line) => `${line}\r\n`).join(''), token };
};

/** What is wrong with the message as it arrived, or undefined. */
export const deliveryProblem = (source: string, token: string): string | undefined => {
  const headerEnd = source.indexOf('\r\n\r\n');
  if (headerEnd < 0 || !source.slice(headerEnd).includes(token)) {
    return 'another message arrived than the one that was sent';
  }
  const fields = source
    .slice(0, headerEnd)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n');
  const subjects = fields.filter((field) => /^subject:/i.test(field));
  if (subjects.length !== 1 || subjects[0]?.slice('subject:'.length).trim() !== SUBJECT) {
    return `its subject did not become ${SUBJECT}`;
  }
  // Taken out on delivery: they tell which way it came.
  const left = fields.find((field) =>
    /^(received|dkim-signature|authentication-results):/i.test(field),
  );
  return left === undefined
    ? undefined
    : `it still has a ${left.slice(0, left.indexOf(':'))} header`;
};
