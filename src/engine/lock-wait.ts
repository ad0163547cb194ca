import { performance } from 'node:perf_hooks';
import { RemoteCommandError } from '../host/errors.ts';
import type { Host } from '../host/host.ts';
import { HostBusyError } from './apply/errors.ts';
import type { Emit } from './events.ts';
import { APPLY_UNIT } from './layout.ts';

/**
 * Tries `attempt` again after each run of somebody else's, for at most `seconds` in all.
 *
 * @throws {HostBusyError} when the time is over; and what `attempt` throws otherwise
 */
export const waitForLock = async <T>(
  host: Host,
  seconds: number,
  emit: Emit,
  attempt: () => Promise<T>,
): Promise<T> => {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const left = Math.ceil((deadline - performance.now()) / 1000);
      if (!(error instanceof HostBusyError) || left <= 0) throw error;
      emit({ kind: 'waiting', host: host.name, holder: error.holder, seconds: left });
      await waitUntilFree(host, left);
    }
  }
};

/** A run that undoes itself is still at work. The first second lets one begin that is just starting. */
const waitScript = `
export LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin
left=$1
while [ "$left" -gt 0 ]; do
  sleep 1
  left=$((left - 1))
  case $(systemctl show --property=ActiveState --value ${APPLY_UNIT}) in
    active | activating | deactivating | reloading) ;;
    *) exit 0 ;;
  esac
done`;

const waitUntilFree = async (host: Host, seconds: number): Promise<void> => {
  const argv = ['sh', '-c', waitScript, 'sh', String(seconds)] as const;
  // A busy host counts its seconds slowly.
  const result = await host.exec(argv, { timeoutMs: (seconds * 2 + 60) * 1000 });
  if (result.code !== 0) throw new RemoteCommandError(host.name, argv, result);
};
