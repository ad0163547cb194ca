/** Bytes to a DNS server and back, over UDP or TCP. Never throws, never waits beyond its time. */
import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';

export interface Server {
  /** IPv4 or IPv6. */
  readonly address: string;
  readonly port: number;
}

/** Why there is no answer. `unreachable`: this machine has no way there, for example no IPv6. */
export type Silence = 'timeout' | 'refused-connection' | 'unreachable' | 'cut-off';

export type Exchange = { readonly bytes: Buffer } | { readonly silence: Silence };

export interface ExchangeOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Whether bytes are the answer; others are ignored, and waiting goes on. */
  readonly accept: (bytes: Buffer) => boolean;
}

type Settle = (result: Exchange) => void;

/** Runs an exchange that ends with its first `settle`, the time-out or the signal; then cleans up. */
const bounded = (
  { timeoutMs, signal }: ExchangeOptions,
  start: (settle: Settle) => () => void,
): Promise<Exchange> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve({ silence: 'timeout' });
    let cleanUp = (): void => undefined;
    let settled = false;
    const settle: Settle = (result) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      // Not before `start` has returned, should it have settled at once.
      queueMicrotask(() => cleanUp());
      resolve(result);
    };
    const giveUp = (): void => settle({ silence: 'timeout' });
    const timer = setTimeout(giveUp, timeoutMs);
    signal.addEventListener('abort', giveUp);
    cleanUp = start(settle);
  });

/**
 * One query in one datagram. The socket is connected: the kernel drops what comes from elsewhere,
 * and tells when nobody listens.
 */
export const exchangeUdp = (
  { address, port }: Server,
  query: Buffer,
  options: ExchangeOptions,
): Promise<Exchange> =>
  bounded(options, (settle) => {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    socket.on('error', (error) => settle({ silence: silenceOf(error) }));
    socket.on('message', (bytes) => {
      if (options.accept(bytes)) settle({ bytes });
    });
    let closed = false;
    socket.on('connect', () => {
      if (closed) return;
      socket.send(query, (error) => {
        if (error) settle({ silence: silenceOf(error) });
      });
    });
    socket.connect(port, address);
    return () => {
      closed = true;
      socket.close();
    };
  });

const LENGTH_BYTES = 2;

/** The same over TCP (RFC 7766): one message each way, at most 64 KiB. */
export const exchangeTcp = (
  { address, port }: Server,
  query: Buffer,
  options: ExchangeOptions,
): Promise<Exchange> =>
  bounded(options, (settle) => {
    const socket = connect({ host: address, port });
    let received = Buffer.alloc(0);
    socket.on('error', (error) => settle({ silence: silenceOf(error) }));
    socket.on('close', () => settle({ silence: 'cut-off' }));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < LENGTH_BYTES) return;
      const end = LENGTH_BYTES + received.readUInt16BE(0);
      if (received.length < end) return;
      const bytes = received.subarray(LENGTH_BYTES, end);
      settle(options.accept(bytes) ? { bytes } : { silence: 'cut-off' });
    });
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt16BE(query.length);
    socket.write(Buffer.concat([length, query]));
    return () => socket.destroy();
  });

const silenceOf = ({ code }: NodeJS.ErrnoException): Silence => {
  if (code === 'ECONNREFUSED') return 'refused-connection';
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'cut-off';
  return code === 'ETIMEDOUT' ? 'timeout' : 'unreachable';
};
