import { mkdtempSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listen, socketsFromSystemd } from '../../src/chatmaild/listen.ts';

describe('socketsFromSystemd', () => {
  it.each([
    ['nothing handed over', {}, []],
    ['meant for another process', { LISTEN_PID: '8', LISTEN_FDS: '1', LISTEN_FDNAMES: 'a' }, []],
    ['no sockets', { LISTEN_PID: '7', LISTEN_FDS: '0' }, []],
    ['one', { LISTEN_PID: '7', LISTEN_FDS: '1', LISTEN_FDNAMES: 'auth' }, [['auth', 3]]],
    [
      'two, in order',
      { LISTEN_PID: '7', LISTEN_FDS: '2', LISTEN_FDNAMES: 'http:auth' },
      [
        ['http', 3],
        ['auth', 4],
      ],
    ],
  ])('%s', (_what, env, expected) => {
    expect([...socketsFromSystemd(env, 7)]).toEqual(expected);
  });

  it('refuses names that do not match the sockets', () => {
    const env = { LISTEN_PID: '7', LISTEN_FDS: '2', LISTEN_FDNAMES: 'a' };
    expect(() => socketsFromSystemd(env, 7)).toThrow('do not agree');
  });
});

describe('listen', () => {
  it('takes the place of a unix socket that a killed process left', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'listen-')), 's.sock');
    for (const round of [1, 2]) {
      const server = createServer((socket) => socket.end(String(round)));
      await listen(server, 'http', path, new Map());
      const answer = await new Promise<string>((resolve) =>
        connect(path).on('data', (data) => resolve(String(data))),
      );
      expect(answer).toBe(String(round));
      server.unref();
    }
  });

  it('says which socket is missing', async () => {
    await expect(listen(createServer(), 'auth', undefined, new Map())).rejects.toThrow('--auth');
  });
});
