/** Changes the zone of a lab host while it is served. */
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import type { LabHost } from './cmdeploy.ts';

async function knotc(...args: readonly string[]): Promise<string> {
  const folder = process.env['CMDEPLOY_LAB_DIR'] ?? '/var/lib/cmdeploy-lab';
  const command = ['/usr/sbin/knotc', '--socket', join(folder, 'dns/knot.sock'), ...args];
  const [program = '', ...rest] = process.getuid?.() === 0 ? command : ['sudo', '-n', ...command];
  return (await execa(program, rest)).stdout;
}

/** Hosts of other tests come and go meanwhile, with a reload of the server that ends open transactions. */
const ATTEMPTS = 20;
const PAUSE_MS = 100;

/** One transaction; each of `changes` is what follows the zone in `zone-set` or `zone-unset`. */
async function change(
  kind: 'zone-set' | 'zone-unset',
  zone: string,
  changes: readonly string[][],
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await knotc('zone-begin', zone);
      for (const words of changes) await knotc(kind, zone, ...words);
      await knotc('zone-commit', zone);
      return;
    } catch (error) {
      await knotc('zone-abort', zone).catch(() => undefined);
      if (attempt === ATTEMPTS) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

/** Gives each of `names` the host's address, which resolvers keep for a second. */
export const addAddresses = ({ domain, address }: LabHost, names: readonly string[]) =>
  change(
    'zone-set',
    domain,
    names.map((name) => [`${name}.`, '1', 'A', address]),
  );

/** Says that the host takes the mail of `name`. */
export const addExchanger = ({ domain }: LabHost, name: string) =>
  change('zone-set', domain, [[`${name}.`, '1', 'MX', `10 ${domain}.`]]);

/** Takes everything that `names` have out of the host's zone; names that are not there are fine. */
export const removeNames = async ({ domain }: LabHost, names: readonly string[]) => {
  const zone = await knotc('zone-read', domain);
  const present = names.filter((name) => zone.includes(` ${name}. `));
  await change(
    'zone-unset',
    domain,
    present.map((name) => [`${name}.`]),
  );
};
