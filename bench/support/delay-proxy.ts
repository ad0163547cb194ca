/**
 * A TCP proxy on loopback that makes a host seem far away, where the kernel cannot: bytes leave it
 * half a round trip after they came, in their order and as fast as they came. The handshake takes
 * its time too. Not imitated: TCP's slow start, and loss.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Transform, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';

export interface DelayProxyOptions {
  readonly host: string;
  readonly port: number;
  readonly roundTripMs: number;
}

export interface DelayProxy {
  /** On 127.0.0.1. */
  readonly port: number;
  /** Cuts what is still connected. */
  close(): Promise<void>;
}

export const startDelayProxy = async (options: DelayProxyOptions): Promise<DelayProxy> => {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    sockets.add(client);
    // Either side may go at any time; the other learns it by the end of its stream.
    relay(client, options).catch(() => client.destroy());
    client.on('close', () => sockets.delete(client));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  };
  return { port, close };
};

/**
 * SYN, SYN-ACK and ACK take a round trip and a half until the server knows of a connection; our
 * side's handshake with the client took none.
 */
const HANDSHAKE_ROUND_TRIPS = 1.5;

const relay = async (client: Socket, { host, port, roundTripMs }: DelayProxyOptions) => {
  await sleep(HANDSHAKE_ROUND_TRIPS * roundTripMs);
  const server = connect({ host, port, noDelay: true, allowHalfOpen: true });
  client.on('close', () => server.destroy());
  const oneWayMs = roundTripMs / 2;
  await Promise.all([
    pipeline(client, new DelayLine(oneWayMs), server),
    pipeline(server, new DelayLine(oneWayMs), client),
  ]);
};

/** Gives what it takes after a fixed time. Node runs timers of one length in the order they were set. */
class DelayLine extends Transform {
  readonly #delayMs: number;

  constructor(delayMs: number) {
    super();
    this.#delayMs = delayMs;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#later(() => this.push(chunk));
    done();
  }

  override _flush(done: TransformCallback): void {
    this.#later(done);
  }

  #later(action: () => void): void {
    if (this.#delayMs === 0) action();
    else setTimeout(action, this.#delayMs);
  }
}
