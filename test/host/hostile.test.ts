import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket, type Server as TcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import ssh2, { type Connection, type ServerChannel } from 'ssh2';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  AuthenticationError,
  ChangedHostKeyError,
  CommandTimeoutError,
  ConnectionLostError,
  OutputTooLargeError,
  UnreachableError,
} from '../../src/host/errors.ts';
import type { Host } from '../../src/host/host.ts';
import { MAX_LINE_LENGTH } from '../../src/host/output.ts';
import { connectSsh } from '../../src/host/ssh.ts';
import type { SshTarget } from '../../src/host/ssh-target.ts';
import { makeKey } from './sshd.ts';

/** What a bad server does with a login, a command. */
interface Behaviour {
  readonly onConnection?: (connection: Connection) => void;
  readonly onAuthentication?: 'accept' | 'reject' | 'ignore';
  readonly onCommand?: (channel: ServerChannel, connection: Connection) => void;
  readonly startsCommands?: false;
  readonly hostKey?: 'host' | 'other';
}

let directory: string;
let servers: TcpServer[];
let sockets: Socket[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'cmdeploy-hostile-'));
  servers = [];
  sockets = [];
  makeKey(join(directory, 'id'));
  makeKey(join(directory, 'other'), 'ecdsa');
  makeKey(join(directory, 'host'));
});
afterEach(() => {
  for (const server of servers) server.close();
  for (const socket of sockets) socket.destroy();
  rmSync(directory, { recursive: true });
});

/** A TCP server on loopback whose connections end with the test. */
const listen = async (onSocket: (socket: Socket) => void): Promise<SshTarget> => {
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  const knownHosts = join(directory, 'known_hosts');
  const hostKey = readFileSync(join(directory, 'host.pub'), 'utf8');
  writeFileSync(knownHosts, `[127.0.0.1]:${port} ${hostKey}`);
  return {
    host: '127.0.0.1',
    port,
    user: 'root',
    identityFiles: [join(directory, 'id')],
    defaultIdentityFiles: [],
    knownHostsFiles: [knownHosts],
    acceptNewHostKey: true,
    connectTimeoutMs: 500,
    agentSocket: undefined,
  };
};

const serve = (behaviour: Behaviour): Promise<SshTarget> => {
  const hostKeys = [readFileSync(join(directory, behaviour.hostKey ?? 'host'))];
  const server = new ssh2.Server({ hostKeys }, (connection) => {
    connection.on('error', () => undefined);
    behaviour.onConnection?.(connection);
    connection.on('authentication', (context) => {
      const reaction = behaviour.onAuthentication ?? 'accept';
      if (reaction === 'accept') context.accept();
      if (reaction === 'reject') context.reject(['publickey']);
    });
    connection.on('session', (accept) => {
      accept().on('exec', (acceptCommand) => {
        if (behaviour.startsCommands !== false) behaviour.onCommand?.(acceptCommand(), connection);
      });
    });
  });
  return listen((socket) => server.injectSocket(socket));
};

const failure = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

const withHost = async (behaviour: Behaviour, work: (host: Host) => Promise<void>) => {
  const host = await connectSsh(await serve(behaviour));
  await work(host).finally(() => host.close());
};

/** Writes as fast as the client takes it, without end. */
const pour = (text: string) => (stream: Writable) => {
  const more = (): void => {
    while (stream.writable && stream.write(text));
  };
  stream.on('drain', more);
  stream.on('error', () => undefined);
  more();
};

describe('while connecting', () => {
  test('a server that says nothing', async () => {
    const error = await failure(connectSsh(await listen(() => undefined)));
    expect(error).toBeInstanceOf(UnreachableError);
    expect(String(error)).toContain('no answer within 0.5 s');
  });

  test('a server that speaks something else', async () => {
    const target = await listen((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(await failure(connectSsh(target))).toBeInstanceOf(UnreachableError);
  });

  test('a server that never comes to the point', async () => {
    const target = await listen((socket) => {
      const timer = setInterval(() => socket.write(`${'x'.repeat(1000)}\r\n`), 5);
      socket.on('close', () => clearInterval(timer));
    });
    expect(await failure(connectSsh(target))).toBeInstanceOf(UnreachableError);
  });

  test('a server that hangs up', async () => {
    const error = await failure(connectSsh(await listen((socket) => socket.destroy())));
    expect(error).toBeInstanceOf(UnreachableError);
  });

  test('another host key, of a type not known here', async () => {
    const error = await failure(connectSsh(await serve({ hostKey: 'other' })));
    expect(error).toBeInstanceOf(ChangedHostKeyError);
  });

  test('a server that ignores the login', async () => {
    const error = await failure(connectSsh(await serve({ onAuthentication: 'ignore' })));
    expect(error).toBeInstanceOf(UnreachableError);
  });

  test('a server that refuses the login', async () => {
    const error = await failure(connectSsh(await serve({ onAuthentication: 'reject' })));
    expect(error).toBeInstanceOf(AuthenticationError);
  });
});

describe('while a command runs', () => {
  test('endless output is cut off', () =>
    withHost({ onCommand: pour('spam\n'.repeat(1_000)) }, async (host) => {
      const error = await failure(host.exec(['true'], { maxOutputBytes: 1_000_000 }));
      expect(error).toBeInstanceOf(OutputTooLargeError);
    }));

  test('an endless line is passed on in pieces and cut off', () =>
    withHost({ onCommand: pour('x'.repeat(10_000)) }, async (host) => {
      let longest = 0;
      const onLine = (line: string): void => {
        longest = Math.max(longest, line.length);
      };
      const error = await failure(host.exec(['true'], { onLine, maxOutputBytes: 500_000 }));
      expect(error).toBeInstanceOf(OutputTooLargeError);
      expect(longest).toBe(MAX_LINE_LENGTH);
    }));

  test('endless errors are cut off', () =>
    withHost({ onCommand: (channel) => pour('x'.repeat(10_000))(channel.stderr) }, async (host) => {
      const error = await failure(host.exec(['true'], { maxOutputBytes: 500_000 }));
      expect(error).toBeInstanceOf(OutputTooLargeError);
    }));

  test('a command that is never started', () =>
    withHost({ startsCommands: false }, async (host) => {
      expect(await failure(host.exec(['true']))).toBeInstanceOf(ConnectionLostError);
    }));

  test('a command that never ends', () =>
    withHost({ onCommand: () => undefined }, async (host) => {
      const error = await failure(host.exec(['true'], { timeoutMs: 100 }));
      expect(error).toBeInstanceOf(CommandTimeoutError);
    }));

  test('input that is never read', () =>
    withHost({ onCommand: (channel) => channel.pause() }, async (host) => {
      const input = Buffer.alloc(10_000_000);
      const error = await failure(host.exec(['true'], { input, timeoutMs: 300 }));
      expect(error).toBeInstanceOf(CommandTimeoutError);
    }));

  test('hanging up midway', () => {
    const onCommand = (channel: ServerChannel, connection: Connection): void => {
      channel.write('half');
      connection.end();
    };
    return withHost({ onCommand }, async (host) => {
      expect(await failure(host.exec(['true']))).toBeInstanceOf(ConnectionLostError);
    });
  });

  test('a channel that dies is no success', () =>
    withHost({ onCommand: (channel) => channel.close() }, async (host) => {
      expect(await host.exec(['true'])).toMatchObject({ code: null });
    }));

  test('a signal is told by its name', () => {
    const onCommand = (channel: ServerChannel): void => {
      channel.exit('KILL', false, '');
      channel.end();
    };
    return withHost({ onCommand }, async (host) => {
      expect(await host.exec(['true'])).toMatchObject({ code: null, signal: 'KILL' });
    });
  });

  test('control characters are handed over as they are', () => {
    const text = '\u001b]0;title\u0007\u001b[2J\r\u202e';
    const onCommand = (channel: ServerChannel): void => {
      channel.write(text);
      channel.exit(0);
      channel.end();
    };
    return withHost({ onCommand }, async (host) => {
      expect(await host.exec(['true'])).toEqual({ code: 0, stdout: text, stderr: '' });
    });
  });
});
