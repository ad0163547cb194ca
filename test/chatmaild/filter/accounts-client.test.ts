import { mkdtempSync, rmSync } from 'node:fs';
import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { accountsClient } from '../../../src/chatmaild/filter/accounts-client.ts';

let folder = '';
let server: Server;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'accounts-'));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

const start = async (listener: RequestListener): Promise<void> => {
  server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(join(folder, 'http.sock'), resolve));
};
const ask = (addresses: readonly string[]) => accountsClient(join(folder, 'http.sock'))(addresses);

describe('the accounts service', () => {
  test('is asked for all addresses, in several queries when they are many', async () => {
    const seen: string[] = [];
    await start((request, response) => {
      const url = new URL(request.url ?? '', 'http://localhost');
      expect(url.pathname).toBe('/incoming-cleartext');
      seen.push(...url.searchParams.getAll('address'));
      response.end('{"allowed":true}');
    });
    const addresses = Array.from({ length: 1000 }, (_, i) => `user+${i}&x@chat.example`);
    expect(await ask(addresses)).toBe(true);
    expect(seen).toEqual(addresses);
  });

  test.each<[string, RequestListener, boolean | 'unreachable']>([
    ['no', (_, response) => response.end('{"allowed":false}'), false],
    ['an error', (_, response) => response.writeHead(500).end('{"allowed":true}'), 'unreachable'],
    ['garbage', (_, response) => response.end('<html>'), 'unreachable'],
    ['something else', (_, response) => response.end('{"allowed":"yes"}'), 'unreachable'],
    ['null', (_, response) => response.end('null'), 'unreachable'],
    ['too much', (_, response) => response.end('x'.repeat(100_000)), 'unreachable'],
    ['nothing', (request) => request.socket.destroy(), 'unreachable'],
    [
      'half an answer',
      (request, response) => {
        response.writeHead(200, { 'Content-Length': 100 });
        response.write('{"allowed"', () => request.socket.destroy());
      },
      'unreachable',
    ],
  ])('that answers %s', async (_name, listener, expected) => {
    await start(listener);
    expect(await ask(['a@chat.example'])).toBe(expected);
  });

  test('that is down', async () => {
    await start(() => {});
    expect(await accountsClient(join(folder, 'none'))(['a@chat.example'])).toBe('unreachable');
  });
});
