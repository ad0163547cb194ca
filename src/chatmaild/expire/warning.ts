/** What Dovecot says to the socket of a quota warning: its protocol for scripts. */

const END = '\n\n';
/** An address and a few words. */
const MAX_BYTES = 1000;

/**
 * The argument of the warning in a request: `VERSION\tscript\tn\tn`, options such as `noreply`, the
 * argument, an empty line. Undefined when it is something else or not complete.
 */
export const warningArgument = (request: string): string | undefined => {
  if (!request.startsWith('VERSION\tscript\t') || request.length > MAX_BYTES) return undefined;
  const end = request.indexOf(END);
  return end < 0 ? undefined : request.slice(0, end).split('\n').at(-1);
};

/** Reads a request to its end. */
export const readRequest = async (input: AsyncIterable<Buffer>): Promise<string> => {
  let request = '';
  for await (const chunk of input) {
    request += chunk.toString('latin1');
    if (request.includes(END) || request.length > MAX_BYTES) break;
  }
  return request;
};
