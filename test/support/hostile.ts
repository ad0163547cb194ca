/** Bytes that no honest client sends, and a way to send them that expects nothing. */
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { SmtpTarget } from './smtp.ts';

/** The server has this long to answer or to hang up before the next one has its turn. */
const PATIENCE_MS = 4000;

/** Numbers in [0, 1) that are the same in every run (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function randomBytes(random: () => number, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
}

/** Some of the bytes replaced by others. */
export function mutated(random: () => number, text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  for (let n = 0; n < Math.ceil(bytes.length / 20); n += 1) {
    bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
  }
  return bytes;
}

export interface Way {
  readonly port: number;
  /** TLS from the start, with these protocols offered by ALPN. */
  readonly tls?: readonly string[];
}

/** Sends the bytes and gives all that came back until the server hung up or had nothing to say. */
export async function send(target: SmtpTarget, way: Way, bytes: string | Buffer): Promise<string> {
  return await new Promise((resolve) => {
    let received = '';
    const socket = open(target, way);
    const end = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(received);
    };
    const timer = setTimeout(end, PATIENCE_MS);
    socket.on('data', (data) => {
      received += data.toString('latin1');
    });
    socket.on('error', end).on('close', end);
    socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  });
}

function open({ address: host, domain }: SmtpTarget, { port, tls }: Way): Socket {
  if (tls === undefined) return connectTcp({ host, port });
  const options = { host, port, servername: domain, rejectUnauthorized: false };
  return connectTls({ ...options, ...(tls.length > 0 ? { ALPNProtocols: [...tls] } : {}) });
}
