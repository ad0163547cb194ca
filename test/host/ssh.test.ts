import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  AuthenticationError,
  ChangedHostKeyError,
  CommandTimeoutError,
  ConnectionLostError,
  KnownHostsFileError,
  OutputTooLargeError,
  UnknownHostKeyError,
  UnreachableError,
} from '../../src/host/errors.ts';
import type { Host } from '../../src/host/host.ts';
import { connectSsh } from '../../src/host/ssh.ts';
import type { SshDeps, SshTarget } from '../../src/host/ssh-target.ts';
import { freePort, makeKey, type Sshd, startSshd } from './sshd.ts';

let sshd: Sshd;
beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(() => sshd.stop());

const using = async <T>(
  work: (host: Host) => Promise<T>,
  change: Partial<SshTarget> = {},
  deps: SshDeps = {},
): Promise<T> => {
  const host = await connectSsh({ ...sshd.target, ...change }, deps);
  try {
    return await work(host);
  } finally {
    await host.close();
  }
};

const sh = (script: string) => ['sh', '-c', script] as const;
const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('commands', () => {
  test('exit code, both outputs, arguments kept literally', () =>
    using(async (host) => {
      const result = await host.exec([
        'sh',
        '-c',
        'printf "%s|" "$@"; echo no >&2; exit 3',
        'sh',
        "it's $HOME",
        '',
        '*',
      ]);
      expect(result).toEqual({ code: 3, stdout: "it's $HOME||*|", stderr: 'no\n' });
      expect(host.counters).toEqual({ connections: 1, execs: 1 });
    }));

  test('input of several megabytes goes through whole', () =>
    using(async (host) => {
      const input = Buffer.alloc(8 * 1024 * 1024, 'mail');
      const { stdout } = await host.exec(['wc', '-c'], { input });
      expect(stdout.trim()).toBe(String(input.length));
    }));

  test('without input the command reads an end of file', () =>
    using(async (host) => {
      expect((await host.exec(['cat'])).code).toBe(0);
    }));

  test('input to a command that does not read it does no harm', () =>
    using(async (host) => {
      const result = await host.exec(['false'], { input: Buffer.alloc(4 * 1024 * 1024) });
      expect(result.code).toBe(1);
    }));

  test('lines arrive whole while the command runs, in UTF-8', () =>
    using(async (host) => {
      const lines: string[] = [];
      const script = 'printf "a\\303"; sleep 0.1; printf "\\244\\n\\nlast"';
      await host.exec(sh(script), { onLine: (line) => lines.push(line) });
      expect(lines).toEqual(['aä', '', 'last']);
    }));

  test('a command ended by a signal did not succeed', () =>
    using(async (host) => {
      // null where the login shell runs the command in its own place, 137 where it waits for it.
      const { code } = await host.exec(sh('kill -KILL $$'));
      expect([null, 137]).toContain(code);
    }));

  test('several at the same time over one connection', () =>
    using(async (host) => {
      const results = await Promise.all(['a', 'b', 'c'].map((word) => host.exec(['echo', word])));
      expect(results.map((result) => result.stdout)).toEqual(['a\n', 'b\n', 'c\n']);
      expect(host.counters).toEqual({ connections: 1, execs: 3 });
    }));

  test('one that takes too long is given up, the connection lives on', () =>
    using(async (host) => {
      const error = await failure(host.exec(['sleep', '30'], { timeoutMs: 200 }));
      expect(error).toBeInstanceOf(CommandTimeoutError);
      expect((await host.exec(['true'])).code).toBe(0);
    }));

  test('one that prints too much is cut off, the connection lives on', () =>
    using(async (host) => {
      const error = await failure(host.exec(['yes'], { maxOutputBytes: 100_000 }));
      expect(error).toBeInstanceOf(OutputTooLargeError);
      expect((await host.exec(['true'])).code).toBe(0);
    }));

  test('the connection lost midway is said, and later commands fail at once', async () => {
    const relay = await startRelay(sshd.target.port);
    await using(
      async (host) => {
        const onLine = () => relay.cut();
        const error = await failure(host.exec(sh('echo started; sleep 2'), { onLine }));
        expect(error).toBeInstanceOf(ConnectionLostError);
        expect(String(error)).toContain('run again');
        expect(await failure(host.exec(['true']))).toBeInstanceOf(ConnectionLostError);
      },
      {
        port: relay.port,
        knownHostsFiles: [join(sshd.directory, 'relay')],
        acceptNewHostKey: true,
      },
    );
  });
});

/** A TCP relay to a port on loopback, whose connections can be cut. */
const startRelay = async (to: number) => {
  const sockets: Socket[] = [];
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    for (const socket of [near, far]) socket.on('error', () => undefined);
    near.pipe(far).pipe(near);
    sockets.push(near, far);
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const cut = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { port, cut };
};

describe('host keys', () => {
  const empty = (name: string): [string] => [join(sshd.directory, name, 'known_hosts')];

  test('an unknown one is refused with its fingerprint when there is nobody to ask', async () => {
    const error = await failure(using(async () => undefined, { knownHostsFiles: empty('a') }));
    expect(error).toBeInstanceOf(UnknownHostKeyError);
    expect(String(error)).toMatch(/ssh-ed25519 SHA256:[\w+/]{43}\n/);
  });

  test('an unknown one is asked about, without hurry, and remembered', async () => {
    const knownHostsFiles = empty('b');
    const confirmHostKey = () =>
      new Promise<boolean>((resolve) => setTimeout(resolve, 1_500, true));
    await using(
      (host) => host.exec(['true']),
      { knownHostsFiles, connectTimeoutMs: 1_000 },
      { confirmHostKey },
    );
    await using((host) => host.exec(['true']), { knownHostsFiles });
    expect(readFileSync(knownHostsFiles[0], 'utf8')).toBe(
      `[127.0.0.1]:${sshd.target.port} ${sshd.hostKey}\n`,
    );
    expect(statSync(knownHostsFiles[0]).mode & 0o777).toBe(0o600);
  });

  test('a file that cannot be used is named', async () => {
    const file = join(sshd.directory, 'id', 'known_hosts');
    const target = { knownHostsFiles: [file], acceptNewHostKey: true } as const;
    const error = await failure(using(async () => undefined, target));
    expect(error).toBeInstanceOf(KnownHostsFileError);
    expect(String(error)).toContain(file);
  });

  test('a host that hangs up while the operator thinks', async () => {
    const relay = await startRelay(sshd.target.port);
    const target = { port: relay.port, knownHostsFiles: empty('d') };
    const confirmHostKey = async () => {
      relay.cut();
      await delay(100);
      return true;
    };
    const error = await failure(using(async () => undefined, target, { confirmHostKey }));
    expect(error).toBeInstanceOf(UnreachableError);
    await delay(100);
  });

  test('a "no" is final', async () => {
    const target = { knownHostsFiles: empty('c') };
    const error = await failure(
      using(async () => undefined, target, { confirmHostKey: async () => false }),
    );
    expect(error).toBeInstanceOf(UnknownHostKeyError);
  });

  test('the type known is the one asked for', async () => {
    const key = readFileSync(join(sshd.directory, 'host_ecdsa.pub'), 'utf8');
    const known = join(sshd.directory, 'ecdsa_known');
    writeFileSync(known, `[127.0.0.1]:${sshd.target.port} ${key}`);
    await using((host) => host.exec(['true']), { knownHostsFiles: [known] });
  });

  test('a changed one stops, whatever was allowed, and names the line', async () => {
    const known = join(sshd.directory, 'changed');
    const other = makeKey(join(sshd.directory, 'other'));
    writeFileSync(known, `# mine\n[127.0.0.1]:${sshd.target.port} ${other}\n`);
    const error = await failure(
      using(
        async () => undefined,
        { knownHostsFiles: [known], acceptNewHostKey: true },
        { confirmHostKey: async () => true },
      ),
    );
    expect(error).toBeInstanceOf(ChangedHostKeyError);
    expect(String(error)).toContain(`${known} line 2`);
  });
});

describe('logging in', () => {
  const login = (change: Partial<SshTarget>, deps: SshDeps = {}) =>
    failure(using((host) => host.exec(['true']), change, deps));

  test('a key the host does not know: tells what was tried', async () => {
    const stranger = join(sshd.directory, 'stranger');
    makeKey(stranger);
    const error = await login({ identityFiles: [stranger], agentSocket: '/nonexistent/agent' });
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(String(error)).toContain(`  ${stranger}\n  ssh-agent (no answer on /nonexistent/agent)`);
  });

  test('named files that are missing or no keys are told', async () => {
    const error = await login({ identityFiles: ['/nonexistent/key', '/etc/passwd'] });
    expect(String(error)).toContain('/nonexistent/key (not usable: no such file)');
    expect(String(error)).toContain('/etc/passwd (not usable:');
  });

  test('an encrypted key asks for its passphrase, or says what to do', async () => {
    const locked = join(sshd.directory, 'locked');
    const authorized = join(sshd.directory, 'authorized_keys');
    const key = makeKey(locked, 'ed25519', 'open sesame');
    writeFileSync(authorized, `${readFileSync(authorized, 'utf8')}${key}\n`);
    const answers = ['wrong', 'open sesame'];
    const askPassphrase = async () => answers.shift() ?? '';
    expect(await login({ identityFiles: [locked] }, { askPassphrase })).toBeUndefined();
    expect(answers).toEqual([]);
    expect(String(await login({ identityFiles: [locked] }))).toContain('ssh-add');
  });

  test('an agent is enough', async () => {
    const agentSocket = join(sshd.directory, 'agent');
    const agent = spawn('ssh-agent', ['-D', '-a', agentSocket], { stdio: 'ignore' });
    try {
      await vi.waitUntil(() => existsSync(agentSocket));
      const env = { ...process.env, SSH_AUTH_SOCK: agentSocket };
      execFileSync('ssh-add', ['-q', join(sshd.directory, 'id')], { env });
      const { identityFiles: _none, ...target } = sshd.target;
      const host = await connectSsh({ ...target, agentSocket });
      expect((await host.exec(['true'])).code).toBe(0);
      await host.close();
    } finally {
      agent.kill();
    }
  });

  test('a broken agent does not stand in the way of a default key', async () => {
    const { identityFiles = [], ...target } = sshd.target;
    const host = await connectSsh(
      {
        ...target,
        defaultIdentityFiles: ['/nonexistent', ...identityFiles],
        agentSocket: '/nonexistent',
      },
      {},
    );
    expect((await host.exec(['true'])).code).toBe(0);
    await host.close();
    await host.close();
  });
});

describe('nobody there', () => {
  test('nothing listens', async () => {
    const error = await failure(using(async () => undefined, { port: await freePort() }));
    expect(error).toBeInstanceOf(UnreachableError);
    expect(String(error)).toContain('connection refused');
  });

  test('a name that does not exist', async () => {
    const error = await failure(using(async () => undefined, { host: '_no-such-host.invalid' }));
    expect(error).toBeInstanceOf(UnreachableError);
    expect(String(error)).toContain('does not resolve');
  });
});
