/** The envelope of a message that came over HTTPS: `X-Mail-From`, and one `X-Mail-To` per recipient. */

/** As METADATA tells clients, and as Postfix's smtpd_recipient_limit has it. */
const MAX_RECIPIENTS = 1000;
/** RFC 5321 section 4.5.3.1: 64 for the local part, 255 for the domain. */
const ADDRESS = /^[!-~]{1,64}@[!-~]{1,255}$/;

export interface Envelope {
  /** Empty for bounces. */
  readonly from: string;
  readonly to: readonly string[];
}

/** What is wrong with the envelope of a request. */
export class EnvelopeError extends Error {
  override name = 'EnvelopeError';
}

/**
 * @param rawHeaders names and values in turn, as of `IncomingMessage.rawHeaders`
 * @throws EnvelopeError, whose message has nothing of the request in it
 */
export const readEnvelope = (rawHeaders: readonly string[]): Envelope => {
  const valuesOf = (wanted: string): string[] =>
    rawHeaders.filter(
      (_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === wanted,
    );
  const [from, ...moreSenders] = valuesOf('x-mail-from').map(withoutBrackets);
  const to = valuesOf('x-mail-to').map(withoutBrackets);
  if (from === undefined || moreSenders.length > 0)
    throw new EnvelopeError('exactly one X-Mail-From is needed');
  if (from !== '' && !isAddress(from)) throw new EnvelopeError('X-Mail-From is not an address');
  if (to.length === 0) throw new EnvelopeError('there is no X-Mail-To');
  if (to.length > MAX_RECIPIENTS) throw new EnvelopeError('there are too many X-Mail-To');
  if (!to.every(isAddress)) throw new EnvelopeError('an X-Mail-To is not an address');
  return { from, to };
};

const withoutBrackets = (value: string): string => value.trim().replace(/^<(.*)>$/s, '$1');

/** What fits between the angle brackets of MAIL and RCPT without ending them. */
const isAddress = (text: string): boolean => ADDRESS.test(text) && !/[<>]/.test(text);
