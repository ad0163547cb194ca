import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from './command.ts';
import { removeCgroups, startDaemon } from './daemon.ts';
import { LabError } from './errors.ts';
import { CACHE_DIR, type LabPaths } from './paths.ts';
import { findProcesses, terminate } from './processes.ts';

export const PROXY_PORT = 3142;

/** More labs at once than any machine needs. */
const MAX_CACHES = 20;

/**
 * Everything that apt-cacher-ng needs to serve Debian and refuse the rest. Debian's own
 * configuration maps deb.debian.org to other mirrors and answers 503 where those are out of reach.
 */
const config = (address: string, cache: string, logs: string): string => `CacheDir: ${cache}
LogDir: ${logs}
BindAddress: ${address}
Port: ${PROXY_PORT}
ForeGround: 1
ReportPage:
ExThreshold: 30
ForceManaged: 1
Remap-debian: deb.debian.org/debian ; http://deb.debian.org/debian
Remap-security: deb.debian.org/debian-security ; http://deb.debian.org/debian-security
`;

/**
 * Starts the lab's apt proxy unless it runs. A cache folder serves one proxy at a time: `flock`
 * gives the lock to the proxy itself, and the first folder that nobody holds is taken.
 */
export const ensureProxy = async (lab: LabPaths, address: string): Promise<void> => {
  if (proxyProcesses(lab).length > 0) return;
  const log = join(lab.proxy, 'stderr.log');
  for (let slot = 0; slot < MAX_CACHES; slot += 1) {
    const cache = join(CACHE_DIR, 'apt', String(slot));
    await mkdir(cache, { recursive: true });
    await mkdir(lab.proxy, { recursive: true });
    await writeFile(join(lab.proxy, 'acng.conf'), config(address, cache, lab.proxy));
    await run(['chown', 'apt-cacher-ng:apt-cacher-ng', cache, lab.proxy]);
    await startDaemon(unitOf(lab), proxyCommand(lab, `${cache}.lock`), log);
    if (await answers(lab, address)) return;
  }
  throw new LabError(`The apt proxy does not start; see ${log}`);
};

const proxyCommand = (lab: LabPaths, lock: string) =>
  [
    ...['flock', '--nonblock', '--no-fork', lock],
    ...['setpriv', '--reuid=apt-cacher-ng', '--regid=apt-cacher-ng', '--init-groups'],
    ...['/usr/sbin/apt-cacher-ng', '-c', lab.proxy],
  ] as const;

/** Waits until it listens. @returns false when it ended before */
const answers = async (lab: LabPaths, address: string): Promise<boolean> => {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    await sleep(50);
    if (await accepts(address, PROXY_PORT)) return true;
    if (attempt > 4 && proxyProcesses(lab).length === 0) return false;
  }
  return false;
};

const accepts = (host: string, port: number): Promise<boolean> =>
  new Promise((done) => {
    const socket = connect({ host, port });
    socket.once('connect', () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => done(false));
  });

const unitOf = (lab: LabPaths): string => `${lab.bridge}-apt`;

const proxyProcesses = (lab: LabPaths): number[] => findProcesses('apt-cacher-ng', lab.proxy);

/** @returns whether it ended in time */
export const stopProxy = async (lab: LabPaths): Promise<boolean> => {
  if (!(await terminate(proxyProcesses(lab), 10_000))) return false;
  await removeCgroups(unitOf(lab));
  return true;
};
