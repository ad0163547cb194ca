/** {@link startDelayProxy} for datagrams: each way takes half a round trip. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { DelayProxyOptions } from './delay-proxy.ts';

export interface DelayUdp {
  /** On the same address as the server behind it. */
  readonly port: number;
  close(): void;
}

export const startDelayUdp = async (options: DelayProxyOptions): Promise<DelayUdp> => {
  const { host, port, roundTripMs } = options;
  const later = (action: () => void) => setTimeout(action, roundTripMs / 2);
  const sockets = new Set<Socket>();
  const front = createSocket('udp4');
  const relay = (query: Buffer, client: RemoteInfo): void => {
    const back = createSocket('udp4');
    sockets.add(back);
    back.on('message', (answer) => {
      later(() => sockets.has(front) && front.send(answer, client.port, client.address));
      sockets.delete(back);
      back.close();
    });
    later(() => sockets.has(back) && back.send(query, port, host));
  };
  front.on('message', relay);
  front.bind(0, host);
  await once(front, 'listening');
  sockets.add(front);
  const close = () => {
    for (const socket of sockets) socket.close();
    sockets.clear();
  };
  return { port: front.address().port, close };
};
