import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureLayer, type Layer, type OnProgress } from './base.ts';
import { run } from './command.ts';
import { unmountUnder } from './mounts.ts';
import { mountOverlay } from './overlay.ts';
import { layerName } from './recipe.ts';

/**
 * Finds or builds a layer above `base` in which `packages` are installed without their recommends.
 * Nothing of them starts at boot: their units are disabled, as if the packages had just been
 * installed with services kept from starting.
 */
export const ensureWarmLayer = async (
  base: Layer,
  packages: readonly string[],
  onProgress: OnProgress,
): Promise<Layer> =>
  ensureLayer(layerName(base.name, packages), async (dir) => {
    onProgress(`installing ${packages.length} packages into a layer above ${base.name} (once)`);
    const scratch = `${dir}.mount`;
    await unmountUnder(scratch);
    await rm(scratch, { recursive: true, force: true });
    const paths = { root: join(scratch, 'root'), work: `${dir}.work`, data: dir };
    try {
      await mountOverlay([base.dir], paths);
      await installPackages(paths.root, packages);
      await disableUnits(paths.root, dir);
    } finally {
      await unmountUnder(scratch);
      await rm(scratch, { recursive: true, force: true });
      await rm(paths.work, { recursive: true, force: true });
    }
  });

const installPackages = async (root: string, packages: readonly string[]): Promise<void> => {
  const policy = join(root, 'usr/sbin/policy-rc.d');
  await mkdir(join(root, 'usr/sbin'), { recursive: true });
  await writeFile(policy, '#!/bin/sh\nexit 101\n');
  await chmod(policy, 0o755);
  const inside = [
    'systemd-nspawn',
    '--quiet',
    '--register=no',
    '--keep-unit',
    '--pipe',
    '--resolv-conf=replace-host',
    '--setenv=DEBIAN_FRONTEND=noninteractive',
    `--directory=${root}`,
  ] as const;
  await run([...inside, 'apt-get', 'update', '--quiet']);
  const options = ['--yes', '--quiet', '--no-install-recommends'];
  await run([...inside, 'apt-get', 'install', ...options, ...packages]);
  await run([...inside, 'apt-get', 'clean']);
  await rm(policy);
};

/** Every unit with a link in a `.wants` folder of the layer was enabled by one of the packages. */
const disableUnits = async (root: string, layer: string): Promise<void> => {
  const system = join(layer, 'etc/systemd/system');
  const folders = (await list(system)).filter((name) => name.endsWith('.wants'));
  const units = (await Promise.all(folders.map((name) => list(join(system, name))))).flat();
  const names = [...new Set(units)];
  if (names.length > 0) await run(['systemctl', `--root=${root}`, 'disable', ...names]);
};

const list = async (dir: string): Promise<string[]> => {
  try {
    return await readdir(dir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
};
