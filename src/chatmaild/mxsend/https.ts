/** Requests to the `/mxdeliv` of another relay. */
import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { Agent, request } from 'node:https';
import { isIP } from 'node:net';
import { type Exchanger, lookUp } from './exchangers.ts';
import type { Envelope } from './session.ts';

/** As much of an answer as can be a reason. */
const MAX_TEXT_LENGTH = 2000;
/** How long a peer may be silent while it should read. */
const STALLED_MS = 30_000;
/** How long it may take to answer: it asks the DNS for our key. */
const ANSWER_MS = 180_000;

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

// A connection for each message: an idle one that the peer has just closed would cost a second try.
const agent = new Agent({ keepAlive: false, maxCachedSessions: 1000 });

export interface HttpsOptions {
  readonly port: number;
  /** PEM of authorities to trust instead of the system's. */
  readonly ca?: string | undefined;
}

const open = (
  method: 'GET' | 'POST',
  { host, verified }: Exchanger,
  { port, ca }: HttpsOptions,
  headers: OutgoingHttpHeaders = {},
): ClientRequest => {
  const happyEyeballs = { autoSelectFamily: true, autoSelectFamilyAttemptTimeout: 1000 };
  return request({
    agent,
    method,
    host,
    port,
    path: '/mxdeliv',
    headers: { 'User-Agent': 'chatmail', ...headers },
    rejectUnauthorized: verified,
    minVersion: 'TLSv1.2',
    // An IP address is no server name (RFC 6066 section 3).
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(ca === undefined ? {} : { ca }),
    lookup: lookUp,
    ...happyEyeballs,
  });
};

/** Whether the host takes mail over HTTPS: a GET is the wrong method there, and nothing elsewhere. */
export const takesMail = async (
  exchanger: Exchanger,
  options: HttpsOptions,
  timeoutMs: number,
): Promise<boolean> => {
  const outgoing = open('GET', exchanger, options);
  const deadline = new Deadline(outgoing, timeoutMs);
  try {
    const answer = answerTo(outgoing);
    outgoing.end();
    return (await answer).status === 405;
  } catch {
    return false;
  } finally {
    deadline.clear();
  }
};

/** @throws when there is no answer, or none `withinMs`; what the peer has then is not known */
export const postMessage = async (
  exchanger: Exchanger,
  options: HttpsOptions & { readonly withinMs: number },
  { from, to }: Envelope,
  message: AsyncIterable<Buffer>,
): Promise<HttpAnswer> => {
  const outgoing = open('POST', exchanger, options, {
    'Content-Type': 'message/rfc822',
    'X-Mail-From': from,
    'X-Mail-To': [...to],
  });
  const deadline = new Deadline(outgoing, STALLED_MS, options.withinMs);
  const answer = answerTo(outgoing);
  // Looked at below; it must not go unhandled while the message is being sent.
  answer.catch(() => {});
  try {
    for await (const chunk of message) {
      await write(outgoing, chunk);
      deadline.move(STALLED_MS);
    }
    deadline.move(ANSWER_MS);
    outgoing.end();
    return await answer;
  } finally {
    deadline.clear();
    outgoing.destroy();
  }
};

/** Ends a request that takes too long, from the look at the DNS on. */
class Deadline {
  readonly #outgoing: ClientRequest;
  readonly #last: number;
  #timer: NodeJS.Timeout | undefined;

  /** @param lastMs how far it can be moved */
  constructor(outgoing: ClientRequest, ms: number, lastMs = ms) {
    this.#outgoing = outgoing;
    this.#last = performance.now() + lastMs;
    this.move(ms);
  }

  /** To `ms` from now. */
  move(ms: number): void {
    clearTimeout(this.#timer);
    const left = Math.min(ms, this.#last - performance.now());
    this.#timer = setTimeout(() => this.#outgoing.destroy(new Error('no answer in time')), left);
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}

/** Waits while the peer takes no more. What an ended request is given is lost. */
const write = async (outgoing: ClientRequest, chunk: Buffer): Promise<void> => {
  if (outgoing.destroyed || outgoing.write(chunk)) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      outgoing.off('drain', done).off('close', done);
      resolve();
    };
    outgoing.on('drain', done).on('close', done);
  });
};

const answerTo = (outgoing: ClientRequest): Promise<HttpAnswer> =>
  new Promise((resolve, reject) => {
    let status: number | undefined;
    let text = '';
    // The status is what counts, however the rest ends.
    const answered = () => {
      if (status === undefined) reject(new Error('no answer'));
      else resolve({ status, text });
    };
    outgoing.on('error', (error) => (status === undefined ? reject(error) : answered()));
    outgoing.on('close', answered);
    outgoing.on('response', (response: IncomingMessage) => {
      status = response.statusCode ?? 0;
      response.setEncoding('latin1');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > MAX_TEXT_LENGTH) response.destroy();
      });
      response.on('error', () => {});
      response.on('close', answered);
    });
  });
