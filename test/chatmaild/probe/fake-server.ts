/** Servers that say what a test tells them, on ports of their own. */
import { createServer, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import { Network } from '../../../src/chatmaild/probe/network.ts';

export interface Peer {
  readonly socket: Socket;
  /** The next line of the client; undefined when it has gone. */
  line(): Promise<string | undefined>;
  send(...lines: readonly string[]): void;
  /** The server's side of TLS, with PEM of certificate and key. */
  secure(pem: string): Peer;
}

const peerOf = (socket: Socket): Peer => {
  let buffer = '';
  let ended = false;
  let wake = (): void => {};
  socket.on('data', (data) => {
    buffer += data.toString('latin1');
    wake();
  });
  socket.on('close', () => {
    ended = true;
    wake();
  });
  socket.on('error', () => {});
  return {
    socket,
    async line() {
      while (!buffer.includes('\n') && !ended) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const end = buffer.indexOf('\n');
      if (end < 0) return undefined;
      const line = buffer.slice(0, end).trimEnd();
      buffer = buffer.slice(end + 1);
      return line;
    },
    send: (...lines) => void socket.write(lines.map((line) => `${line}\r\n`).join('')),
    secure(pem) {
      socket.removeAllListeners('data');
      const secureContext = createSecureContext({ cert: pem, key: pem });
      return peerOf(new TLSSocket(socket, { isServer: true, secureContext }));
    },
  };
};

/** Starts a server for the length of a test. @returns its port */
export const serve = async (talk: (peer: Peer) => Promise<void> | void): Promise<number> => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    void Promise.resolve(talk(peerOf(socket))).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
};

/** A relay's network all of whose ports are one. */
export const networkAt = (port: number, mailDomain = '_x.test'): Network =>
  new Network({ mailDomain, context: createSecureContext(), locate: () => port });
