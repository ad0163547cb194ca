const LITERAL = /\{(\d+)\}\r\n$/;

/**
 * The first complete response in `received`, its literals (RFC 9051 section 4.3) and final CRLF
 * included; undefined while bytes are missing.
 *
 * @param received each character is one byte
 */
export const takeResponse = (received: string): string | undefined => {
  for (let position = 0; ; ) {
    const lineEnd = received.indexOf('\r\n', position);
    if (lineEnd < 0) return undefined;
    const end = lineEnd + 2;
    const literal = LITERAL.exec(received.slice(position, end));
    if (!literal) return received.slice(0, end);
    position = end + Number(literal[1]);
    if (position > received.length) return undefined;
  }
};
