/** A relay with other settings than those of its chatmail.ini, for as long as a file of tests needs them. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { cmdeploy, type LabHost } from './cmdeploy.ts';

type Settings = Readonly<Record<string, string | number>>;

/** Deploys with `settings`; gives what `run` prints. Bring back the usual ones with {@link deployAgain}. */
export async function deployWith({ config }: LabHost, settings: Settings): Promise<string> {
  const path = `${config}.changed`;
  const names = Object.keys(settings).join('|');
  const rest = (await readFile(config, 'utf8')).replaceAll(
    new RegExp(`^(${names})\\s*=.*\\n`, 'gm'),
    '',
  );
  const added = Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`);
  await writeFile(path, `${rest}\n${added.join('')}`);
  try {
    return await cmdeploy(['run', '--config', path]);
  } finally {
    await rm(path);
  }
}

export async function deployAgain({ config }: LabHost): Promise<void> {
  await cmdeploy(['run', '--config', config]);
}
