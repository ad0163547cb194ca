import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { postMessage, takesMail } from '../../../src/chatmaild/mxsend/https.ts';
import { selfSigned } from '../../support/certificates.ts';

/** For what will be answered, on a machine that may be busy, and for what will not. */
const PATIENT_MS = 60_000;
const IMPATIENT_MS = 300;
const ANYBODY = { host: '127.0.0.1', verified: false };
const ENVELOPE = { from: 's@y.test', to: ['a@x.test', 'b@x.test'] };

let server: Server;
let port: number;
let handle: (request: IncomingMessage, response: ServerResponse) => void;
const connections: Socket[] = [];

beforeAll(async () => {
  const pem = selfSigned('_peer.test');
  server = createServer({ key: pem, cert: pem }, (request, response) => handle(request, response));
  server.on('connection', (socket: Socket) => connections.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterEach(() => {
  for (const socket of connections.splice(0)) socket.destroy();
});
afterAll(() => void server.close());

async function* message(chunks: number): AsyncGenerator<Buffer> {
  for (let n = 0; n < chunks; n += 1) yield Buffer.alloc(64 * 1024, 'x');
}

const post = (chunks: number, withinMs = PATIENT_MS, verified = false) =>
  postMessage({ ...ANYBODY, verified }, { port, withinMs }, ENVELOPE, message(chunks));

describe('postMessage', () => {
  it('sends the envelope and the message', async () => {
    const seen: unknown[] = [];
    handle = (request, response) => {
      const { method, url, headers } = request;
      let length = 0;
      request.on('data', (data: Buffer) => {
        length += data.length;
      });
      request.on('end', () => {
        seen.push([method, url, headers['x-mail-from'], headers['x-mail-to'], length]);
        response.writeHead(400).end('554 5.7.1 no');
      });
    };
    expect(await post(10)).toEqual({ status: 400, text: '554 5.7.1 no' });
    expect(seen).toEqual([['POST', '/mxdeliv', 's@y.test', 'a@x.test, b@x.test', 640 * 1024]]);
  });

  it('takes an answer that comes before the message is read, and no more than a reason', async () => {
    handle = (_, response) => void response.writeHead(413).end('x'.repeat(1_000_000));
    const { status, text } = await post(1000);
    expect(status).toBe(413);
    expect(text.length).toBeLessThan(100_000);
  });

  it('ends with a peer that hangs up, and in time with one that does not answer or read', async () => {
    handle = (request) => void request.socket.destroy();
    await expect(post(1000)).rejects.toThrow();
    handle = () => {};
    await expect(post(1, IMPATIENT_MS)).rejects.toThrow('no answer in time');
    await expect(post(1000, IMPATIENT_MS)).rejects.toThrow('no answer in time');
  });

  it('trusts no certificate that does not vouch for the host, where that is asked for', async () => {
    handle = (_, response) => void response.end('ok');
    await expect(post(1, PATIENT_MS, true)).rejects.toMatchObject({
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
    expect((await post(1)).status).toBe(200);
  });
});

describe('takesMail', () => {
  const ask = (timeoutMs = PATIENT_MS) => takesMail(ANYBODY, { port }, timeoutMs);

  it.each([405, 200, 404])('has a host answer %d to a GET', async (status) => {
    handle = (_, response) => void response.writeHead(status).end();
    expect(await ask()).toBe(status === 405);
  });

  it('does not wait for ever, and fails with nobody there', async () => {
    handle = () => {};
    expect(await ask(IMPATIENT_MS)).toBe(false);
    expect(await takesMail(ANYBODY, { port: 1 }, PATIENT_MS)).toBe(false);
  });
});
