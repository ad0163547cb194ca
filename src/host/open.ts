import type { Host } from './host.ts';
import { connectLocal } from './local.ts';
import { connectSsh } from './ssh.ts';
import type { SshDeps } from './ssh-target.ts';
import { resolveTarget, type TargetOptions } from './target.ts';

/** The host the operator named: `localhost` is this machine, everything else is reached by SSH. */
export const openHost = async (options: TargetOptions, deps: SshDeps = {}): Promise<Host> =>
  options.host === 'localhost' ? connectLocal() : connectSsh(resolveTarget(options), deps);
