import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Capacity } from '../../../src/chatmaild/accounts/capacity.ts';
import type { CreationContext } from '../../../src/chatmaild/accounts/create.ts';
import { createJsonServer, type Handler } from '../../../src/chatmaild/accounts/http.ts';
import { authRoutes, httpRoutes } from '../../../src/chatmaild/accounts/routes.ts';
import { openStore } from '../../../src/chatmaild/accounts/store.ts';
import { configSchema } from '../../../src/config/schema.ts';

const PLENTY: Capacity = {
  creationSwitchedOff: false,
  load1m: 0,
  availableMemoryBytes: 1e12,
  freeDiskBytes: 1e12,
};

let mailDir: string;
let capacity: Capacity;
let servers: Server[];

beforeEach(() => {
  mailDir = mkdtempSync(join(tmpdir(), 'accounts-'));
  capacity = PLENTY;
  servers = [];
});
afterEach(() => {
  for (const server of servers) server.close();
});

const serve = async (
  routes: (context: CreationContext) => Handler,
  domain = '_a.test',
): Promise<number> => {
  const store = openStore(mailDir, domain);
  await store.prepare();
  const rules = configSchema.parse({ mail_domain: domain });
  const server = createJsonServer(routes({ rules, store, measure: async () => capacity }));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};

interface Reply {
  status: number | undefined;
  location: string | undefined;
  connection: string | undefined;
  body: unknown;
}

const ask = (port: number, method: string, path: string, body?: string | Buffer): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, method, path }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (data) => {
        text += data;
      });
      response.on('end', () =>
        resolve({
          status: response.statusCode,
          location: response.headers.location,
          connection: response.headers.connection,
          body: text === '' ? undefined : JSON.parse(text),
        }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });

const ADDRESS = 'abcdefgh1@_a.test';

describe('POST /create', () => {
  const create = async (port: number, address: string, password: string) =>
    (await ask(port, 'POST', '/create', `${address}\n${password}`)).status;

  it('makes an account, once', async () => {
    const port = await serve(authRoutes);
    expect(await create(port, ADDRESS, 'secret123')).toBe(200);
    expect(await create(port, ADDRESS, 'secret123')).toBe(200);
    expect(await create(port, ADDRESS, 'secret124')).toBe(403);
    expect(await create(port, 'ABCDEFGH1@_A.test', 'secret123')).toBe(200);
    expect(readdirSync(join(mailDir, '_a.test'))).toEqual([ADDRESS]);
  });

  it('lets one of two strangers have the name', async () => {
    const port = await serve(authRoutes);
    const passwords = ['first-password', 'second-password'];
    const statuses = await Promise.all(
      [...passwords, ...passwords].map((password) => create(port, ADDRESS, password)),
    );
    expect([...statuses].sort()).toEqual([200, 200, 403, 403]);
    expect(statuses[0]).toBe(statuses[2]);
  });

  it.each([
    ['a name that is too long', 'abcdefghij@_a.test', 'secret123'],
    ['another domain', 'abcdefgh1@b.test', 'secret123'],
    ['a path', '../../../tmp@_a.test', 'secret123'],
    ['a short password', ADDRESS, 'short'],
    ['a second line', ADDRESS, 'secret123\nx'],
  ])('refuses %s', async (_what, address, password) => {
    const port = await serve(authRoutes);
    expect(await create(port, address, password)).toBe(403);
    expect(readdirSync(join(mailDir, '_a.test'))).toEqual([]);
  });

  it('is off while the host is short of something; who has an account is still known', async () => {
    const port = await serve(authRoutes);
    await create(port, ADDRESS, 'secret123');
    capacity = { ...PLENTY, load1m: 99 };
    expect(await create(port, 'abcdefgh2@_a.test', 'secret123')).toBe(503);
    expect(await create(port, ADDRESS, 'secret123')).toBe(200);
    expect(await create(port, ADDRESS, 'secret124')).toBe(403);
  });

  it.each([
    ['GET', '/create', undefined, 405],
    ['POST', '/', 'x', 404],
    ['POST', '/create', 'no line end', 400],
    ['POST', '/create', '', 400],
    ['POST', '/create', `${ADDRESS}\n${'x'.repeat(2000)}`, 413],
    ['POST', '/new', '', 404],
  ])('%s %s with %j', async (method, path, body, status) => {
    expect((await ask(await serve(authRoutes), method, path, body)).status).toBe(status);
  });

  it('keeps the bytes of a password that is not UTF-8', async () => {
    const port = await serve(authRoutes);
    const body = (last: number) =>
      Buffer.concat([Buffer.from(`${ADDRESS}\nsecret123`), Buffer.from([last])]);
    expect((await ask(port, 'POST', '/create', body(0xe4))).status).toBe(200);
    expect((await ask(port, 'POST', '/create', body(0xe4))).status).toBe(200);
    expect((await ask(port, 'POST', '/create', body(0xf6))).status).toBe(403);
  });

  it('answers garbage with 400 and closes', async () => {
    const port = await serve(authRoutes);
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.write('\0\x01garbage\r\n\r\n'));
      socket.on('data', (data) => resolve(String(data)));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('/new', () => {
  it.each([
    ['POST', '/new'],
    ['GET', '/new'],
    ['POST', '/cgi-bin/newemail.py'],
    ['POST', '/new?x=1'],
  ])('%s %s invents credentials and leaves nothing on disk', async (method, path) => {
    const reply = await ask(await serve(httpRoutes), method, path);
    expect(reply).toMatchObject({
      status: 200,
      connection: 'close',
      body: {
        email: expect.stringMatching(/^[a-z2-9]{9}@_a\.test$/),
        password: expect.any(String),
        dclogin_url: expect.stringMatching(
          /^dclogin:[a-z2-9]{9}@_a\.test\?p=[a-z2-9]{20}&v=1&ic=3$/,
        ),
      },
    });
    expect(readdirSync(join(mailDir, '_a.test'))).toEqual([]);
  });

  it('sends a browser to the app where the certificate is real', async () => {
    const port = await serve(httpRoutes, 'a.example.org');
    const location = 'dcaccount:https://a.example.org/new';
    expect(await ask(port, 'GET', '/new')).toMatchObject({ status: 302, location });
    const reply = await ask(port, 'POST', '/new');
    expect(Object.keys(Object(reply.body))).toEqual(['email', 'password']);
  });

  it('says why there is none', async () => {
    capacity = { ...PLENTY, creationSwitchedOff: true };
    expect(await ask(await serve(httpRoutes), 'POST', '/new')).toMatchObject({
      status: 503,
      body: { reason: 'account creation is switched off' },
    });
  });

  it('refuses other methods and paths', async () => {
    const port = await serve(httpRoutes);
    expect((await ask(port, 'DELETE', '/new')).status).toBe(405);
    expect((await ask(port, 'POST', '/create', 'a\nb')).status).toBe(404);
    expect((await ask(port, 'GET', '//[')).status).toBe(404);
  });
});

describe('/incoming-cleartext', () => {
  it('is allowed when every recipient allows it', async () => {
    const auth = await serve(authRoutes);
    for (const n of [1, 2, 3])
      await ask(auth, 'POST', '/create', `abcdefgh${n}@_a.test\nsecret123`);
    for (const n of [1, 2])
      rmSync(join(mailDir, '_a.test', `abcdefgh${n}@_a.test`, 'enforceE2EEincoming'));
    const port = await serve(httpRoutes);
    const allowed = async (...names: string[]) => {
      const query = names.map((name) => `address=${encodeURIComponent(`${name}@_a.test`)}`);
      return (await ask(port, 'GET', `/incoming-cleartext?${query.join('&')}`)).body;
    };
    expect(await allowed('abcdefgh1', 'ABCDEFGH2')).toEqual({ allowed: true });
    expect(await allowed('abcdefgh1', 'abcdefgh3')).toEqual({ allowed: false });
    expect(await allowed('abcdefgh1', 'unknown')).toEqual({ allowed: false });
    expect(await allowed('abcdefgh1/../abcdefgh1')).toEqual({ allowed: false });
    expect(await allowed()).toEqual({ allowed: false });
    expect(await allowed(...Array.from({ length: 1000 }, () => 'abcdefgh1'))).toEqual({
      allowed: true,
    });
  });
});

describe('createJsonServer', () => {
  it('keeps what went wrong to the log', async () => {
    const port = await serve(httpRoutes);
    rmSync(join(mailDir, '_a.test'), { recursive: true });
    writeFileSync(join(mailDir, '_a.test'), 'not a folder');
    const reply = await ask(port, 'POST', '/new');
    expect(reply).toMatchObject({ status: 500, body: { reason: 'internal error' } });
  });
});
