import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { LabError } from './errors.ts';
import { LOCK_DIR } from './paths.ts';

export interface Lock {
  release(): Promise<void>;
}

/**
 * Takes an flock(2), which ends with this process however it ends: `flock` runs `cat`, which echoes
 * our line once the lock is taken and ends at the end of our pipe. The child has a session of its
 * own so that Ctrl-C leaves the lock to us until the cleanup is done.
 *
 * @param waitSeconds 0: do not wait
 * @returns undefined when somebody else has it
 */
export const tryLock = async (name: string, waitSeconds: number): Promise<Lock | undefined> => {
  await mkdir(LOCK_DIR, { recursive: true });
  const file = join(LOCK_DIR, `${name}.lock`);
  const child = execa('flock', ['--wait', String(waitSeconds), file, 'cat'], {
    reject: false,
    detached: true,
    cleanup: false,
  });
  child.stdin.on('error', () => undefined);
  child.stdin.write('locked\n');
  const taken = await new Promise<boolean>((done) => {
    child.stdout.once('data', () => done(true));
    child.once('exit', () => done(false));
    child.once('error', () => done(false));
  });
  if (!taken) return undefined;
  return {
    release: async () => {
      child.stdin.end();
      await child;
    },
  };
};

/** Runs `work` while holding the lock. Waits for minutes: another `up` may be building a base. */
export const withLock = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
  const lock = await tryLock(name, 900);
  if (lock === undefined)
    throw new LabError(`Another cmdeploy lab has held ${name} for 15 minutes`);
  try {
    return await work();
  } finally {
    await lock.release();
  }
};
