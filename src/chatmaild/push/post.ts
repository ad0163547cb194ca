/** Requests to the notification service: the token is the whole body, the status the whole answer. */
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { errorCode } from '../error-code.ts';
import type { Outcome } from './sender.ts';

/** For a whole request, from the look at the DNS to the answer's last byte. */
const TIMEOUT_MS = 30_000;
/** An answer has a line of text at most; whoever sends more is not listened to. */
const MAX_ANSWER_BYTES = 16 * 1024;

/** The second when it closed while the request was being written. */
const CLOSED_BY_PEER = ['ECONNRESET', 'EPIPE'];

export interface PosterOptions {
  /** Of the service, https. */
  readonly url: string;
  /** Told why a request failed, in few and fixed texts. */
  readonly log: (text: string) => void;
  readonly timeoutMs?: number;
  /** PEM, trusted instead of the system's authorities. */
  readonly ca?: Buffer;
}

export const createPoster = (options: PosterOptions): ((token: string) => Promise<Outcome>) => {
  const { url, log, timeoutMs = TIMEOUT_MS, ca } = options;
  const agent = new Agent({ keepAlive: true, ...(ca && { ca }) });
  return async (token) => {
    const first = await post(url, agent, token, timeoutMs);
    // The service had closed the idle connection that was used (RFC 9112 section 9.3.1).
    const stale = first.reused && CLOSED_BY_PEER.includes(first.error ?? '');
    const { status, error } = stale ? await post(url, agent, token, timeoutMs) : first;
    if (status === 200) return 'delivered';
    if (status === 410) return 'gone';
    const reason = status === undefined ? `gives no answer: ${error}` : `answers ${status}`;
    log(`push: the notification service ${reason}`);
    return 'failed';
  };
};

interface Answer {
  /** Of HTTP. */
  readonly status?: number;
  /** Code of the error, when there is no status. */
  readonly error?: string;
  /** Whether the connection had been used before. */
  readonly reused: boolean;
}

const post = (url: string, agent: Agent, token: string, timeoutMs: number): Promise<Answer> =>
  new Promise((resolve) => {
    const headers = { 'Content-Type': 'text/plain', 'Content-Length': token.length };
    // Node.js 18 needs to be told not to wait for an IPv6 that does not work.
    const options = { agent, method: 'POST', headers, autoSelectFamily: true };
    let result: { status?: number; error?: string } = { error: 'closed' };
    const outgoing = request(url, options, (answer) => {
      if (answer.statusCode !== undefined) result = { status: answer.statusCode };
      drain(answer);
    });
    const deadline = setTimeout(() => outgoing.destroy(new TimeoutError()), timeoutMs);
    outgoing.on('error', (error) => {
      if (result.status === undefined) result = { error: errorCode(error) };
    });
    outgoing.on('close', () => {
      clearTimeout(deadline);
      resolve({ ...result, reused: outgoing.reusedSocket });
    });
    outgoing.end(token, 'latin1');
  });

class TimeoutError extends Error {
  override name = 'timeout';
}

/** Reads the rest of an answer, so that the connection can be used again, but not without end. */
const drain = (answer: IncomingMessage): void => {
  let bytes = 0;
  answer.on('error', () => {});
  answer.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) answer.destroy();
  });
};
