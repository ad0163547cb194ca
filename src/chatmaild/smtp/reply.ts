/** A reply of an SMTP server (RFC 5321 section 4.2). */
export interface SmtpReply {
  readonly code: number;
  /** Enhanced status code and text; of its last line. */
  readonly text: string;
}

/** Printable ASCII on one line, so that no text of a stranger's can be more than a text. */
export const asReplyText = (text: string, length: number): string =>
  text
    .replace(/[^ -~]+/g, ' ')
    .trim()
    .slice(0, length);
