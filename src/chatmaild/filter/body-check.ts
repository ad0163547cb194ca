import { boundaryOf, parseContentType } from '../mime/content-type.ts';
import type { HeaderField } from '../mime/header-fields.ts';
import { asciiLowerCase, singleField } from '../mime/header-fields.ts';
import { MultipartScanner } from '../mime/multipart.ts';
import { OneLineReader } from '../mime/one-line.ts';
import { checkPlainEncoding, expectType, TEXT_ENCODINGS } from '../mime/part-header.ts';
import type { ArmorRules } from '../openpgp/armor.ts';
import { encryptedBody } from '../openpgp/encrypted.ts';

/** Follows a body as it streams by. */
export interface BodyCheck {
  push(chunk: Buffer): void;
  /** Why the message is not encrypted; undefined when it is, or is a SecureJoin request. */
  finish(): string | undefined;
  readonly bufferedBytes: number;
}

const notEncrypted = (why: string): BodyCheck => ({
  push: () => {},
  finish: () => why,
  bufferedBytes: 0,
});

/** The first message of a handshake, before the sides have each other's keys. */
const SECURE_JOIN_REQUESTS = ['vc-request', 'vg-request'];

const secureJoinBody = (boundary: string, step: string): BodyCheck =>
  new MultipartScanner(boundary, [
    {
      checkHeader: expectType('text/plain', TEXT_ENCODINGS),
      reader: new OneLineReader(`Secure-Join: ${step}`),
    },
  ]);

/** The check that fits a message with this header. */
export const bodyCheck = (fields: readonly HeaderField[], rules: ArmorRules): BodyCheck => {
  const value = singleField(fields, 'content-type');
  const contentType = value ? parseContentType(value) : undefined;
  if (!contentType) return notEncrypted('content type');
  if (!contentType.type.startsWith('multipart/')) return notEncrypted('not multipart');
  const boundary = boundaryOf(contentType);
  if (boundary === undefined) return notEncrypted('boundary');
  const encodingProblem = checkPlainEncoding(fields);
  if (encodingProblem !== undefined) return notEncrypted(encodingProblem);
  if (contentType.type === 'multipart/encrypted') return encryptedBody(boundary, rules);
  const step = asciiLowerCase(singleField(fields, 'secure-join') ?? '');
  if (SECURE_JOIN_REQUESTS.includes(step)) return secureJoinBody(boundary, step);
  return notEncrypted(`${contentType.type.replace(/[^a-z/-]/g, '').slice(0, 40)}`);
};
