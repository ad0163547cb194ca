/** What both HTTP servers share: limits against hostile clients, and answers in JSON. */
import { createServer, type IncomingMessage, type Server } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly body?: Readonly<Record<string, string | boolean>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer that ends the handling of a request. */
export class HttpError extends Error {
  override name = 'HttpError';
  readonly answer: Answer;
  constructor(status: number, reason: string, headers: Readonly<Record<string, string>> = {}) {
    super(reason);
    this.answer = { status, body: { reason }, headers };
  }
}

export type Handler = (request: IncomingMessage, url: URL) => Promise<Answer>;

/** A filter's question may name a thousand recipients in its URL. */
const MAX_HEADER_BYTES = 128 * 1024;
const MAX_CONNECTIONS = 512;
const TIMEOUT_MS = 15_000;

/**
 * A server that has `handle` answer each request and closes the connection after it. Whatever
 * `handle` throws becomes a 500 and a line in the log, without the request: it may hold an address
 * or a password.
 */
export const createJsonServer = (handle: Handler): Server => {
  const server = createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: TIMEOUT_MS,
    requestTimeout: TIMEOUT_MS,
    connectionsCheckingInterval: 5000,
  });
  server.maxConnections = MAX_CONNECTIONS;
  // The time for an answer; requestTimeout covers only the question.
  server.setTimeout(2 * TIMEOUT_MS);
  server.on('request', (request, response) => {
    answer(handle, request)
      .then(({ status, body, headers }) => {
        request.resume();
        response.shouldKeepAlive = false;
        response.writeHead(status, {
          'Content-Type': 'application/json',
          'Cache-Control': 'no-store',
          ...headers,
        });
        response.end(request.method === 'HEAD' ? '' : `${JSON.stringify(body ?? {})}\n`);
      })
      .catch(() => response.destroy());
  });
  return server;
};

const answer = async (handle: Handler, request: IncomingMessage): Promise<Answer> => {
  try {
    return await handle(request, requestUrl(request));
  } catch (error) {
    if (error instanceof HttpError) return error.answer;
    console.error('request failed:', error instanceof Error ? errorFacts(error) : 'unknown error');
    return { status: 500, body: { reason: 'internal error' } };
  }
};

/** Node puts the path of a file, and so an address, into the message of a system error. */
const errorFacts = (error: Error): string => {
  if (!('code' in error)) return error.stack ?? error.message;
  const syscall = 'syscall' in error ? ` in ${error.syscall}` : '';
  return `${error.code}${syscall}`;
};

const requestUrl = (request: IncomingMessage): URL => {
  const target = request.url ?? '';
  if (!target.startsWith('/')) throw new HttpError(400, 'bad request target');
  try {
    return new URL(`http://localhost${target}`);
  } catch {
    throw new HttpError(400, 'bad request target');
  }
};

/** @throws HttpError 405 unless the request has one of these methods. */
export const requireMethod = (request: IncomingMessage, methods: readonly string[]): void => {
  if (!methods.includes(request.method ?? ''))
    throw new HttpError(405, 'method not allowed', { Allow: methods.join(', ') });
};

/** The whole body, one character per byte. @throws HttpError 413 beyond `maxBytes`. */
export const readBody = async (request: IncomingMessage, maxBytes: number): Promise<string> => {
  request.setEncoding('latin1');
  let body = '';
  for await (const text of request) {
    body += String(text);
    if (body.length > maxBytes) throw new HttpError(413, 'request too large');
  }
  return body;
};
