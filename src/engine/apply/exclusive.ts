/** Something small done on a host in the place of a run, so that it and runs keep each other out. */
import { RemoteCommandError } from '../../host/errors.ts';
import type { Argv, Host } from '../../host/host.ts';
import { APPLY_UNIT } from '../layout.ts';
import { HostBusyError } from './errors.ts';
import { LAUNCH_EXIT } from './launch.ts';

/**
 * The unit is the lock, as for runs, and on its own: when the connection dies it goes on. Its arguments:
 * what it is called, its bound in seconds, the command.
 */
const EXCLUSIVELY = `
at_work() {
  case $(systemctl show --property=ActiveState --value ${APPLY_UNIT}) in
    active | activating | reloading | deactivating) return 0 ;;
  esac
  return 1
}
if at_work; then exit ${LAUNCH_EXIT.busy}; fi
title=$1 bound=$2
shift 2
status=0
systemd-run --quiet --collect --wait --pipe --unit=${APPLY_UNIT} --description="$title" \\
  --property=RuntimeMaxSec="$bound" -- "$@" < /dev/null || status=$?
if [ "$status" != 0 ] && at_work; then exit ${LAUNCH_EXIT.busy}; fi
exit "$status"`;

export interface Errand {
  /** For systemctl: `cmdeploy dkim rotate`. */
  readonly title: string;
  readonly argv: Argv;
  /** Milliseconds after which it is given up. */
  readonly timeoutMs: number;
}

/**
 * Runs a command as root while no run is under way.
 * @throws {HostBusyError} one is; {@link RemoteCommandError} the command failed; and what executing throws
 */
export const execExclusively = async (
  host: Host,
  { title, argv, timeoutMs }: Errand,
): Promise<void> => {
  const seconds = String(Math.ceil(timeoutMs / 1000));
  const command = ['sh', '-c', EXCLUSIVELY, 'sh', title, seconds, ...argv.map(literal)] as const;
  const result = await host.exec(command, { timeoutMs });
  if (result.code === LAUNCH_EXIT.busy) throw new HostBusyError(host.name);
  if (result.code !== 0) throw new RemoteCommandError(host.name, [title], result);
};

/** systemd would put values of its own in the place of variables: systemd.service(5), "Command lines". */
const literal = (word: string): string => word.replaceAll('$', '$$$$');
