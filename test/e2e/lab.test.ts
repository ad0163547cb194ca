/** The lab itself, in a folder of its own beside whatever lab the other tests use. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mountsUnder } from '../../src/lab/mounts.ts';
import { labPaths } from '../../src/lab/paths.ts';
import { type CliResult, CMDEPLOY, type LabHost, tryCmdeploy } from '../support/cmdeploy.ts';

const lab = labPaths(mkdtempSync('/var/tmp/cmdeploy-lab-test-'));
const env = { CMDEPLOY_LAB_DIR: lab.dir };

const tryLab = (...args: string[]): Promise<CliResult> => tryCmdeploy(['lab', ...args], { env });

const runLab = async (...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await tryLab(...args);
  expect(code, stderr).toBe(0);
  return stdout;
};

const up = async (...args: string[]): Promise<LabHost[]> =>
  JSON.parse(await runLab('up', '--json', ...args)) as LabHost[];

const ssh = (name: string, script: string): Promise<string> => runLab('ssh', name, '--', script);

/** Runs a program of Node's inside the lab; what it gives to `print` comes back as JSON. */
const inLab = async (program: string): Promise<unknown> => {
  const script = `const print = (value) => console.log(JSON.stringify(value));${program}`;
  const module = ['--input-type=module', '--eval', script];
  return JSON.parse(await runLab('exec', '--', process.execPath, ...module));
};

let bookworm: LabHost;
let trixie: LabHost;

beforeAll(async () => {
  const [twelve, thirteen] = await Promise.all([
    up('bookworm', '--debian', '12'),
    up('trixie', '--debian', '13'),
  ]);
  [bookworm, trixie] = [...twelve, ...thirteen] as [LabHost, LabHost];
});

afterAll(async () => {
  await tryLab('down');
});

test('lists the hosts, each of its release, with a configuration', async () => {
  const hosts = JSON.parse(await runLab('list', '--json')) as LabHost[];
  expect(hosts.toSorted((a, b) => a.debian - b.debian)).toEqual([bookworm, trixie]);
  for (const host of hosts) {
    expect(await ssh(host.name, 'cat /etc/debian_version; hostname')).toMatch(
      new RegExp(`^${host.debian}\\.\\d+\n${host.name}\n$`),
    );
    expect(host.domain).toBe(`_${host.name}.test`);
    expect(readFileSync(host.config, 'utf8')).toContain(`mail_domain = ${host.domain}`);
  }
});

test('every host is a machine of its own', async () => {
  const identity = 'cat /etc/machine-id /etc/ssh/ssh_host_ed25519_key.pub';
  expect(await ssh('bookworm', identity)).not.toBe(await ssh('trixie', identity));
});

test('a command on a host gets input and gives its exit code', async () => {
  expect((await tryLab('ssh', 'trixie', '--', 'exit 7')).code).toBe(7);
});

test('hosts install packages', async () => {
  const install = 'apt-get update -qq && apt-get install -qqy --no-install-recommends tree >&2';
  await Promise.all([
    ssh('bookworm', `${install} && tree --version`),
    ssh('trixie', `${install} && tree --version`),
  ]);
});

describe('hosts have no way out', () => {
  const reaches = (address: string, port: number): string =>
    `timeout 3 bash -c '</dev/tcp/${address}/${port}' 2>/dev/null && echo reached || echo not`;

  test('not to the internet, at once', async () => {
    const connect = "bash -c '</dev/tcp/1.1.1.1/443' 2>&1 || true";
    expect(await ssh('trixie', connect)).toContain('Network is unreachable');
  });

  test('not to other services of this machine, even over a route of their own', async () => {
    const server = createServer().listen(0, '0.0.0.0');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const gateway = trixie.address.replace(/\d+$/, '1');
    const own = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .find((entry) => entry.family === 'IPv4' && !entry.internal && entry.address !== gateway);
    await ssh('trixie', `ip route add default via ${gateway}`);
    try {
      expect(await ssh('trixie', reaches(gateway, port))).toBe('not\n');
      if (own !== undefined) expect(await ssh('trixie', reaches(own.address, port))).toBe('not\n');
      expect(await ssh('trixie', reaches('1.1.1.1', 443))).toBe('not\n');
    } finally {
      await ssh('trixie', 'ip route delete default');
      server.close();
    }
  });

  test('but to each other', async () => {
    expect(await ssh('trixie', reaches(bookworm.address, 22))).toBe('reached\n');
  });

  test('and the apt proxy serves nothing but Debian', async () => {
    const gateway = trixie.address.replace(/\d+$/, '1');
    const request =
      'GET http://example.org/dists/a/Release HTTP/1.0\\r\\nHost: example.org\\r\\n\\r\\n';
    const script = `exec 3<>/dev/tcp/${gateway}/3142; printf '${request}' >&3; head -1 <&3`;
    expect(await ssh('trixie', `bash -c "${script}"`)).toMatch(/^HTTP\/1\.[01] 403 /);
  });
});

describe('lab exec', () => {
  test('asks the DNS of the lab', async () => {
    const { domain, address } = bookworm;
    const found = await inLab(`import { promises as dns } from 'node:dns';
      print({
        address: (await dns.lookup('${domain}')).address,
        www: await dns.resolve4('www.${domain}'),
        mtaSts: await dns.resolve4('mta-sts.${domain}'),
        mx: await dns.resolveMx('${domain}'),
        dkim: (await dns.resolveTxt('opendkim._domainkey.${domain}'))[0].join(''),
        outside: await dns.resolve4('deb.debian.org').catch((error) => error.code),
      });`);
    const publicKey = await ssh(
      'bookworm',
      'openssl pkey -in /etc/dkimkeys/opendkim.private -pubout -outform DER | base64 -w0',
    );
    expect(found).toEqual({
      address,
      www: [address],
      mtaSts: [address],
      mx: [{ priority: 10, exchange: domain }],
      dkim: `v=DKIM1;k=rsa;p=${publicKey};s=email;t=s`,
      outside: 'ENOTFOUND',
    });
  });

  test('several at once are several machines, without another way out', async () => {
    const program = `import { networkInterfaces } from 'node:os'; import { connect } from 'node:net';
      import { setTimeout as sleep } from 'node:timers/promises';
      await sleep(3000);
      const code = await new Promise((done) => connect(443, '1.1.1.1').on('error', (e) => done(e.code)));
      print([networkInterfaces().eth0[0].address, code]);`;
    const seen = (await Promise.all([inLab(program), inLab(program)])) as [string, string][];
    expect(new Set(seen.map(([address]) => address)).size).toBe(2);
    expect(seen.map(([, code]) => code)).toEqual(['ENETUNREACH', 'ENETUNREACH']);
  });

  test('gives the exit code and cleans up', async () => {
    expect((await tryLab('exec', '--', 'sh', '-c', 'exit 9')).code).toBe(9);
    expect(namespaces()).toEqual([]);
  });
});

test('a killed up is healed by the next', async () => {
  const args = [CMDEPLOY, 'lab', 'up', 'third'];
  const killed = spawn(process.execPath, args, { env: { ...process.env, ...env } });
  while (nspawns().length < 3) await sleep(20);
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  expect(await runLab('list')).not.toContain('third');
  const [third] = await up('third');
  expect(await ssh('third', 'hostname')).toBe('third\n');
  expect(third?.address).not.toBe(trixie.address);
  expect(await ssh('trixie', 'hostname')).toBe('trixie\n');
});

test('so is a killed host', async () => {
  const pid = nspawns().find((process) =>
    process.argv.includes(`--directory=${lab.hosts}/third/root`),
  )?.pid;
  process.kill(pid ?? Number.NaN, 'SIGKILL');
  await expect.poll(() => runLab('list'), { timeout: 30_000 }).not.toContain('third');
  await up('third');
  expect(await ssh('third', 'hostname')).toBe('third\n');
});

test('down removes one host and then everything', async () => {
  await runLab('down', 'third');
  expect(await runLab('list')).not.toContain('third');
  expect(await ssh('trixie', 'hostname')).toBe('trixie\n');
  const doomed = tryLab('exec', '--', 'sleep', '1000');
  while (namespaces().length === 0) await sleep(20);
  await runLab('down');
  expect((await doomed).code).not.toBe(0);
  expect(existsSync(lab.dir)).toBe(false);
  expect(mountsUnder(lab.dir)).toEqual([]);
  expect(namespaces()).toEqual([]);
  expect(processes().filter(({ argv }) => argv.join(' ').includes(lab.dir))).toEqual([]);
  expect(Object.keys(networkInterfaces()).filter((name) => name.includes(lab.id))).toEqual([]);
  const { stdout } = await execa('nft', ['list', 'tables'], {
    env: { PATH: `${process.env['PATH']}:/usr/sbin` },
  });
  expect(stdout).not.toContain(lab.id);
  expect(await runLab('list', '--json')).toBe('[]\n');
});

const namespaces = (): string[] =>
  existsSync('/run/netns') ? readdirSync('/run/netns').filter((name) => name.includes(lab.id)) : [];

interface Process {
  readonly pid: number;
  readonly argv: readonly string[];
}

const processes = (): Process[] =>
  readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map((entry) => ({ pid: Number(entry), argv: commandLine(entry) }));

const commandLine = (pid: string): string[] => {
  try {
    return readFileSync(join('/proc', pid, 'cmdline'), 'utf8').split('\0');
  } catch {
    return [];
  }
};

const nspawns = (): Process[] =>
  processes().filter(
    ({ argv }) => argv[0] === 'systemd-nspawn' && argv.some((word) => word.includes(lab.dir)),
  );
