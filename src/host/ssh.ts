import type { Host } from './host.ts';
import { asRoot, refuseWithoutRoot } from './root.ts';
import { execOverSsh } from './ssh-exec.ts';
import { establishLink } from './ssh-link.ts';
import type { SshDeps, SshTarget } from './ssh-target.ts';

/**
 * A host behind SSH: one connection for everything, each command in a channel of its own.
 *
 * @throws ConnectError when the host is unreachable, not trusted, or does not let us in.
 */
export const connectSsh = async (target: SshTarget, deps: SshDeps = {}): Promise<Host> => {
  const link = await establishLink(target, deps);
  const isRoot = target.user === 'root';
  const counters = { connections: 1, execs: 0 };
  return {
    name: target.host,
    counters,
    exec: async (argv, options = {}) => {
      counters.execs++;
      const result = await execOverSsh(link, {
        host: target.host,
        argv: asRoot(argv, isRoot),
        options,
        startTimeoutMs: target.connectTimeoutMs,
      });
      if (!isRoot) refuseWithoutRoot(target.host, target.user, result);
      return result;
    },
    close: link.close,
  };
};
