import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { performance } from 'node:perf_hooks';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DelayProxy, startDelayProxy } from '../../bench/support/delay-proxy.ts';

let echo: Server;
const proxies: DelayProxy[] = [];

beforeAll(async () => {
  echo = createServer((socket) => socket.pipe(socket));
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
});

afterAll(async () => {
  for (const proxy of proxies) await proxy.close();
  echo.close();
});

const proxied = async (roundTripMs: number, port = (echo.address() as AddressInfo).port) => {
  const proxy = await startDelayProxy({ host: '127.0.0.1', port, roundTripMs });
  proxies.push(proxy);
  return connect({ host: '127.0.0.1', port: proxy.port });
};

test('bytes keep their order, also those sent before the connection is through', async () => {
  const client = await proxied(20);
  const sent = Array.from({ length: 2000 }, (_, index) => `${index}\n`).join('');
  for (let at = 0; at < sent.length; at += 97) client.write(sent.slice(at, at + 97));
  client.end();
  expect(await text(client)).toBe(sent);
});

test('an answer takes a round trip', async () => {
  const client = await proxied(40);
  client.write('first');
  await once(client, 'data');
  const started = performance.now();
  client.write('second');
  await once(client, 'data');
  const took = performance.now() - started;
  client.destroy();
  expect(took).toBeGreaterThanOrEqual(38);
});

test('a server that refuses ends the connection', async () => {
  const closed = createServer();
  closed.listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const { port } = closed.address() as AddressInfo;
  closed.close();
  const client = await proxied(0, port);
  client.on('error', () => {});
  await once(client, 'close');
});
