import { LabError } from './errors.ts';
import { runInherited } from './exec.ts';

/** @throws LabError on other systems than Linux */
export const requireLinux = (platform: NodeJS.Platform = process.platform): void => {
  if (platform === 'linux') return;
  throw new LabError(
    'The lab runs Debian hosts with systemd-nspawn and needs Linux; use a Linux machine or a virtual one',
  );
};

/**
 * Runs this whole command line again under sudo unless we are root.
 *
 * @param announce told what is about to happen
 * @returns the exit code of that run; undefined when we are root already
 */
export const rerunAsRoot = async (
  announce: (text: string) => void,
): Promise<number | undefined> => {
  if (process.getuid?.() === 0) return undefined;
  announce('the lab needs root: running the same command with sudo');
  // sudo resets PATH even when told to preserve the environment.
  const environment = ['env', `PATH=${process.env['PATH'] ?? ''}`];
  const node = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  return runInherited(['sudo', '--preserve-env', '--', ...environment, ...node]);
};
