/** Questions to one DNS server and what became of them. */
import { randomInt } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import {
  answersTo,
  decodeMessage,
  encodeQuery,
  type Message,
  type QueryFlags,
  type Question,
} from './message.ts';
import { type Exchange, exchangeTcp, exchangeUdp, type Server, type Silence } from './transport.ts';

/** `unreadable`: not a DNS message. Anything else that was said is a {@link Message}. */
export type Reply =
  | { readonly kind: 'message'; readonly message: Message }
  | { readonly kind: 'failure'; readonly reason: Silence | 'unreadable' };

/** Asks one server one question. Never rejects. */
export type Ask = (server: Server, question: Question, flags: QueryFlags) => Promise<Reply>;

/** Milliseconds for each attempt by UDP; the second one covers a lost packet. */
const UDP_ATTEMPTS_MS = [1500, 3000] as const;
const TCP_TIMEOUT_MS = 5000;

/** @param signal ends all questions, which then count as timed out */
export const createAsk = (signal: AbortSignal): Ask => {
  // Each question listens; that many at once are no leak.
  setMaxListeners(0, signal);
  return async (server, question, flags) => {
    const reply = await askOnce(server, question, flags, signal);
    const complaint = reply.kind === 'message' ? reply.message.rcode : '';
    const withoutEdns = ['FORMERR', 'NOTIMP'].includes(complaint) && !flags.plain;
    return withoutEdns ? askOnce(server, question, { ...flags, plain: true }, signal) : reply;
  };
};

const askOnce = async (
  server: Server,
  question: Question,
  flags: QueryFlags,
  signal: AbortSignal,
): Promise<Reply> => {
  // Names that do not fit into a query cannot exist either.
  if (!isEncodable(question.name)) return { kind: 'failure', reason: 'unreadable' };
  const id = randomInt(0x1_0000);
  const query = encodeQuery(id, question, flags);
  const accept = (bytes: Buffer): boolean => answersTo(bytes, id, question);
  const byUdp = await askByUdp(server, query, accept, signal);
  if (byUdp.kind === 'message' && !byUdp.message.truncated) return byUdp;
  if (byUdp.kind === 'failure' && byUdp.reason !== 'unreadable') return byUdp;
  return read(await exchangeTcp(server, query, { accept, signal, timeoutMs: TCP_TIMEOUT_MS }));
};

const askByUdp = async (
  server: Server,
  query: Buffer,
  accept: (bytes: Buffer) => boolean,
  signal: AbortSignal,
): Promise<Reply> => {
  let reply: Reply = { kind: 'failure', reason: 'timeout' };
  for (const timeoutMs of UDP_ATTEMPTS_MS) {
    reply = read(await exchangeUdp(server, query, { accept, signal, timeoutMs }));
    if (reply.kind === 'message' || reply.reason !== 'timeout') break;
  }
  return reply;
};

const read = (exchange: Exchange): Reply => {
  if ('silence' in exchange) return { kind: 'failure', reason: exchange.silence };
  try {
    return { kind: 'message', message: decodeMessage(exchange.bytes) };
  } catch {
    return { kind: 'failure', reason: 'unreadable' };
  }
};

/** RFC 1035 section 2.3.4. */
const isEncodable = (name: string): boolean =>
  Buffer.byteLength(name) <= 253 &&
  name.split('.').every((label) => Buffer.byteLength(label) <= 63 && (label !== '' || name === ''));
