/** Requests to the notification service: the token is the whole body, the status the whole answer. */
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import type { Outcome } from './sender.ts';

/** For a whole request, from the look at the DNS to the answer's last byte. */
const TIMEOUT_MS = 30_000;
/** An answer has a line of text at most; whoever sends more is not listened to. */
const MAX_ANSWER_BYTES = 16 * 1024;

/**
 * @param url of the service, https
 * @param ca trusted instead of the system's authorities
 */
export const createPoster = (
  url: string,
  timeoutMs: number = TIMEOUT_MS,
  ca?: Buffer,
): ((token: string) => Promise<Outcome>) => {
  const agent = new Agent({ keepAlive: true, ...(ca && { ca }) });
  return async (token) => {
    const first = await post(url, agent, token, timeoutMs);
    // The service had closed the idle connection that was used (RFC 9112 section 9.3.1).
    return outcomeOf(first === 'stale' ? await post(url, agent, token, timeoutMs) : first);
  };
};

const outcomeOf = (answer: Answer): Outcome => {
  if (answer === 200) return 'delivered';
  return answer === 410 ? 'gone' : 'failed';
};

/** An HTTP status, or why there is none. */
type Answer = number | 'failed' | 'stale';

const post = (url: string, agent: Agent, token: string, timeoutMs: number): Promise<Answer> =>
  new Promise((resolve) => {
    const headers = { 'Content-Type': 'text/plain', 'Content-Length': token.length };
    // Node.js 18 needs to be told not to wait for an IPv6 that does not work.
    const options = { agent, method: 'POST', headers, autoSelectFamily: true };
    let answered: Answer = 'failed';
    const outgoing = request(url, options, (answer) => {
      answered = answer.statusCode ?? 'failed';
      drain(answer);
    });
    const deadline = setTimeout(() => outgoing.destroy(new Error('no answer')), timeoutMs);
    outgoing.on('close', () => {
      clearTimeout(deadline);
      resolve(answered);
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      if (outgoing.reusedSocket && error.code === 'ECONNRESET') answered = 'stale';
    });
    outgoing.end(token, 'latin1');
  });

/** Reads the rest of an answer, so that the connection can be used again, but not without end. */
const drain = (answer: IncomingMessage): void => {
  let bytes = 0;
  answer.on('error', () => {});
  answer.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) answer.destroy();
  });
};
