/** The edges of `reachability.ts`: the relay's resolver, and HTTP to an address. */
import { randomBytes } from 'node:crypto';
import { Resolver } from 'node:dns/promises';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import type { LookUp, Probe, WebServer } from './reachability.ts';

const DNS_TIMEOUT_MS = 5000;
const HTTP_TIMEOUT_MS = 5000;

/** Asks the DNS, past /etc/hosts. @param server `address` or `address:port` */
export const dnsLookUp = (server: string): LookUp => {
  const resolver = new Resolver({ timeout: DNS_TIMEOUT_MS, tries: 2 });
  resolver.setServers([server]);
  const none = (error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENODATA' || error.code === 'ENOTFOUND') return [];
    throw error;
  };
  return async (name) => {
    const answers = await Promise.all([
      resolver.resolve4(name).catch(none),
      resolver.resolve6(name).catch(none),
    ]);
    return answers.flat();
  };
};

/** Runs `use` with a probe that recognises this host by a file that its web server serves. */
export const withProbe = async <T>(
  webroot: string,
  use: (probe: Probe) => Promise<T>,
): Promise<T> => {
  const name = randomBytes(16).toString('hex');
  const folder = join(webroot, '.well-known', 'acme-challenge');
  const file = join(folder, name);
  await mkdir(folder, { recursive: true });
  for (const path of [join(webroot, '.well-known'), folder]) await chmod(path, 0o755);
  await writeFile(file, name);
  await chmod(file, 0o644);
  try {
    return await use((host, address) => fetchToken(host, address, name));
  } finally {
    await rm(file, { force: true });
  }
};

const fetchToken = (host: string, address: string, token: string): Promise<WebServer> =>
  new Promise((resolve) => {
    const path = `/.well-known/acme-challenge/${token}`;
    const request = get({ host: address, path, headers: { host }, timeout: HTTP_TIMEOUT_MS });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve('unreachable'));
    request.on('response', (response) => {
      let body = '';
      response.setEncoding('latin1').on('data', (chunk: string) => {
        body += chunk;
        if (body.length > token.length) response.destroy();
      });
      response.on('close', () => resolve(body === token ? 'this host' : 'another'));
    });
  });
