import { parseContentType } from './content-type.ts';
import type { HeaderField } from './header-fields.ts';
import { asciiLowerCase, singleField } from './header-fields.ts';

/** RFC 2045 section 6.2: these mean that nothing is encoded. */
const PLAIN_ENCODINGS = ['7bit', '8bit', 'binary'];

/**
 * What is wrong with the transfer encoding of an entity whose body is read as it stands. No client
 * encodes armored text or a multipart (RFC 2045 section 6.4 forbids the latter), and the other
 * relays on the network do not decode it either.
 */
export const checkPlainEncoding = (
  fields: readonly HeaderField[],
  allowed: readonly string[] = PLAIN_ENCODINGS,
): string | undefined => {
  const encoding = singleField(fields, 'content-transfer-encoding');
  if (encoding === undefined) return undefined;
  const known = encoding !== null && allowed.includes(asciiLowerCase(encoding));
  return known ? undefined : 'content transfer encoding';
};

/** A check that a part is of one media type, in plain text or as text that encoding leaves alone. */
export const expectType =
  (type: string, encodings: readonly string[] = PLAIN_ENCODINGS) =>
  (fields: readonly HeaderField[]): string | undefined => {
    const value = singleField(fields, 'content-type');
    const contentType = value ? parseContentType(value) : undefined;
    if (contentType?.type !== type) return `part that is not ${type}`;
    return checkPlainEncoding(fields, encodings);
  };

/** Encodings that leave a short line of letters as it is. */
export const TEXT_ENCODINGS: readonly string[] = [...PLAIN_ENCODINGS, 'quoted-printable'];
