import type { Host } from './host.ts';
import { connectSsh } from './ssh.ts';
import type { SshDeps } from './ssh-target.ts';
import { resolveTarget, type TargetOptions } from './target.ts';

/** The host the operator named: `localhost` is this machine, everything else is reached by SSH. */
export const openHost = async (options: TargetOptions, deps: SshDeps = {}): Promise<Host> => {
  if (options.host !== 'localhost') return connectSsh(resolveTarget(options), deps);
  // It starts processes; what that takes would be loaded at the start of every command.
  const { connectLocal } = await import('./local.ts');
  return connectLocal();
};
