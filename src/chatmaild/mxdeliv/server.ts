/** `POST /mxdeliv`: mail from relays whose port 25 is blocked. Stands behind nginx. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { asReplyText, type SmtpReply } from '../smtp/reply.ts';
import { type Envelope, EnvelopeError, readEnvelope } from './envelope.ts';

/** A thousand recipients; nginx takes a few fields less. */
const MAX_HEADER_BYTES = 160 * 1024;
const HEADER_TIMEOUT_MS = 15_000;
const MAX_ANSWER_LENGTH = 400;

export interface Answer {
  readonly status: number;
  readonly text: string;
}

export type HandOver = (envelope: Envelope, body: AsyncIterable<Buffer>) => Promise<SmtpReply>;

/** @param failed is told why a message could not be handed over; not whose it was */
export const createMxdelivServer = (
  handOver: HandOver,
  maxConnections: number,
  failed: (error: unknown) => void,
): Server => {
  const server = createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: HEADER_TIMEOUT_MS,
    // Of its own accord Node.js gives a body five minutes; nginx has it before it asks here.
    requestTimeout: 0,
  });
  // Of its own accord Node.js forgets those after the 2000th.
  server.maxHeadersCount = 0;
  server.maxConnections = maxConnections;
  server.on('request', (request, response) => {
    answer(request, handOver, failed)
      .then(({ status, text }) => {
        request.resume();
        response.shouldKeepAlive = false;
        response.writeHead(status, {
          'Content-Type': 'text/plain',
          'Cache-Control': 'no-store',
          ...(status === 405 ? { Allow: 'POST' } : {}),
        });
        response.end(`${text}\n`);
      })
      .catch(() => response.destroy());
  });
  return server;
};

const answer = async (
  request: IncomingMessage,
  handOver: HandOver,
  failed: (error: unknown) => void,
): Promise<Answer> => {
  if (request.method !== 'POST') return { status: 405, text: 'only POST' };
  try {
    return answerOf(await handOver(readEnvelope(request.rawHeaders), request));
  } catch (error) {
    if (error instanceof EnvelopeError) return { status: 400, text: error.message };
    failed(error);
    return { status: 503, text: '451 4.3.0 try again later' };
  }
};

/**
 * 400 tells a sender that trying again is useless, and why, in Postfix's words. What may pass is 503,
 * so that it tries port 25 or comes back later.
 */
export const answerOf = ({ code, text }: SmtpReply): Answer => {
  const reply = asReplyText(`${code} ${text}`, MAX_ANSWER_LENGTH);
  if (code === 250) return { status: 200, text: reply };
  if (code === 552) return { status: 413, text: reply };
  return { status: code >= 500 ? 400 : 503, text: reply };
};
