import type { HeaderField } from '../../../src/chatmaild/mime/header-fields.ts';

/** A message as Postfix gives it to a milter: header values begin right after the colon. */
export const splitMessage = (message: string): { fields: HeaderField[]; body: Buffer } => {
  const end = message.indexOf('\r\n\r\n');
  const fields = message
    .slice(0, end)
    .split(/\r\n(?![ \t])/)
    .map((line) => {
      const colon = line.indexOf(':');
      return {
        name: line.slice(0, colon).trimEnd(),
        value: line.slice(colon + 1).replace(/\r\n/g, '\n'),
      };
    });
  return { fields, body: Buffer.from(message.slice(end + 4), 'latin1') };
};
