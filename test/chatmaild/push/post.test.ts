import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createPoster } from '../../../src/chatmaild/push/post.ts';

/** For what will be answered, on a machine that may be busy, and for what will not. */
const PATIENT_MS = 60_000;
const IMPATIENT_MS = 300;

let folder: string;
let server: Server;
let handle: (request: IncomingMessage, response: ServerResponse, body: string) => void;
let connections: Socket[];
let post: ReturnType<typeof createPoster>;
let impatientPost: ReturnType<typeof createPoster>;
const logged: string[] = [];
const poster = (url: string, timeoutMs: number, ca?: Buffer) =>
  createPoster({ url, timeoutMs, log: (text) => logged.push(text), ...(ca && { ca }) });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'post-'));
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(folder, name));
  execFileSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-keyout', String(key), '-out', String(cert), '-subj', '/CN=stand-in'],
    ...['-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'],
  ]);
  connections = [];
  const pems = { key: readFileSync(String(key)), cert: readFileSync(String(cert)) };
  server = createServer(pems, (request, response) => {
    let body = '';
    request.setEncoding('latin1').on('data', (data) => (body += data));
    request.on('end', () => handle(request, response, body));
  });
  server.on('connection', (socket: Socket) => connections.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  post = poster(`https://127.0.0.1:${port}/notify`, PATIENT_MS, pems.cert);
  impatientPost = poster(`https://127.0.0.1:${port}/notify`, IMPATIENT_MS, pems.cert);
});
afterEach(() => {
  for (const socket of connections.splice(0)) socket.destroy();
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

describe('a request to the notification service', () => {
  it('is the token and nothing else', async () => {
    const seen: unknown[] = [];
    handle = ({ method, url, headers }, response, body) => {
      seen.push([method, url, body, headers['content-length'], headers['user-agent']]);
      response.end('ok');
    };
    expect(await post('openpgp:token')).toBe('delivered');
    expect(seen).toEqual([['POST', '/notify', 'openpgp:token', '13', undefined]]);
  });

  it('uses a connection again', async () => {
    handle = (_, response) => response.end();
    for (let n = 0; n < 5; n += 1) await post('token');
    expect(connections).toHaveLength(1);
  });

  it.each([
    [200, 'delivered'],
    [410, 'gone'],
    [201, 'failed'],
    [301, 'failed'],
    [400, 'failed'],
    [404, 'failed'],
    [429, 'failed'],
    [503, 'failed'],
  ] as const)('that is answered %s has %s', async (status, outcome) => {
    handle = (_, response) =>
      response.writeHead(status, { Location: 'https://127.0.0.1:1/' }).end();
    expect(await post('token')).toBe(outcome);
  });

  it('is not held up by an answer without end', async () => {
    handle = (_, response) => {
      response.writeHead(200);
      const more = () => {
        if (!response.destroyed) response.write('x'.repeat(10_000), () => setImmediate(more));
      };
      more();
    };
    expect(await post('token')).toBe('delivered');
  });

  it.each<[string, (request: IncomingMessage, response: ServerResponse) => void]>([
    ['never', () => {}],
    ['with half a line', ({ socket }) => socket.write('HTTP/1.1 20')],
    ['with nonsense', ({ socket }) => socket.write('SSH-2.0-x\r\n\r\n')],
    [
      'with a header without end',
      ({ socket }) => socket.write(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(99_999)}`),
    ],
    ['with a closed connection', ({ socket }) => socket.destroy()],
  ])('fails that is answered %s', async (_, answer) => {
    handle = answer;
    expect(await impatientPost('token')).toBe('failed');
  });

  it('fails when nobody is there, or somebody else', async () => {
    expect(await poster('https://127.0.0.1:1/', PATIENT_MS)('token')).toBe('failed');
    expect(await poster('https://no-such-host.invalid/', IMPATIENT_MS)('token')).toBe('failed');
    expect(logged).toContain('push: the notification service gives no answer: ECONNREFUSED');
    const { port } = server.address() as AddressInfo;
    handle = (_, response) => response.end();
    expect(await poster(`https://127.0.0.1:${port}/`, PATIENT_MS)('token')).toBe('failed');
  });
});
