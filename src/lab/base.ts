import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Argv } from '../host/host.ts';
import { run } from './command.ts';
import { withLock } from './lock.ts';
import { mountsOf } from './mounts.ts';
import { CACHE_DIR } from './paths.ts';
import { type BaseRecipe, baseName, baseRecipe, inheritedAptOptions } from './recipe.ts';
import type { DebianRelease } from './state.ts';

export type OnProgress = (text: string) => void;

const BASES_DIR = join(CACHE_DIR, 'bases');

/** A cached image: its name and the folder that is an overlay's lower layer. */
export interface Layer {
  readonly name: string;
  readonly dir: string;
}

/** Finds the base image of a release or builds it with mmdebstrap, about a minute. */
export const ensureBase = async (debian: DebianRelease, onProgress: OnProgress): Promise<Layer> => {
  const aptConfig = await run(['apt-config', 'dump']);
  const recipe = baseRecipe(debian, inheritedAptOptions(aptConfig.stdout));
  return ensureLayer(baseName(recipe), async (dir) => {
    onProgress(`building the Debian ${debian} base image (once; it is kept in ${BASES_DIR})`);
    await debootstrap(recipe, dir, onProgress);
    await customize(recipe, dir);
    await removeOldBases(debian, baseName(recipe));
  });
};

/**
 * Builds a layer next to its final place and renames it when it is whole, so that a killed build
 * leaves nothing that looks like one.
 */
export const ensureLayer = async (
  name: string,
  build: (dir: string) => Promise<void>,
): Promise<Layer> => {
  const dir = join(BASES_DIR, name);
  if (existsSync(dir)) return { name, dir };
  return withLock(name, async () => {
    if (existsSync(dir)) return { name, dir };
    const staging = `${dir}.building`;
    await rm(staging, { recursive: true, force: true });
    await mkdir(staging, { recursive: true });
    await build(staging);
    await rename(staging, dir);
    return { name, dir };
  });
};

const debootstrap = async (
  recipe: BaseRecipe,
  dir: string,
  onProgress: OnProgress,
): Promise<void> => {
  const argv: Argv = [
    'mmdebstrap',
    '--variant=minbase',
    '--skip=cleanup/apt/lists',
    `--include=${recipe.packages.join(',')}`,
    ...recipe.aptOptions.map((option) => `--aptopt=${option}`),
    recipe.suite,
    dir,
    ...recipe.sources,
  ];
  await run(argv, {
    onLine: (line) => {
      const step = /^I: (.*\S)\.\.\.$/.exec(line)?.[1];
      if (step !== undefined) onProgress(`Debian ${recipe.debian}: ${step}`);
    },
  });
};

const customize = async (recipe: BaseRecipe, dir: string): Promise<void> => {
  for (const [path, content] of Object.entries(recipe.files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), content);
  }
  for (const unit of recipe.masked)
    await symlink('/dev/null', join(dir, 'etc/systemd/system', unit));
  await run(['systemctl', `--root=${dir}`, 'enable', 'lab-network.service']);
  const ssh = join(dir, 'etc/ssh');
  const hostKeys = (await readdir(ssh)).filter((file) => file.startsWith('ssh_host_'));
  for (const key of hostKeys) await rm(join(ssh, key));
};

/** Images of older recipes go, unless a running host stands on them. */
const removeOldBases = async (debian: DebianRelease, current: string): Promise<void> => {
  const inUse = mountsOf('self').map((mount) => mount.options);
  const old = (await readdir(BASES_DIR)).filter(
    (name) =>
      name.startsWith(`debian${debian}-`) &&
      !name.startsWith(current) &&
      !name.endsWith('.building') &&
      !inUse.some((options) => options.includes(name)),
  );
  for (const name of old) await rm(join(BASES_DIR, name), { recursive: true, force: true });
};
