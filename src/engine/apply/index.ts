import { RemoteCommandError } from '../../host/errors.ts';
import type { Argv, Host } from '../../host/host.ts';
import type { Emit } from '../events.ts';
import { APPLY_UNIT, RUN_DIR } from '../layout.ts';
import { describeStep, type Plan } from '../plan.ts';
import { sha256 } from '../planning/sha256.ts';
import { ApplyFailedError, HostBusyError } from './errors.ts';
import { ApplyFollower } from './follow.ts';
import type { ApplyScript } from './script.ts';

/** Bound of a whole run on the host, in seconds: a first deploy on a slow Raspberry Pi fits. */
const MAX_RUN_SECONDS = 3600;

/** Exit status of the launcher when another run is under way; free in sh and systemd-run. */
const BUSY = 96;

/**
 * Puts the script on the host, starts it there as a transient unit and follows its log. The unit is
 * on its own: when the connection dies it goes on, and its name keeps a second run out.
 */
const launcher = (script: ApplyScript): Argv => [
  'sh',
  '-c',
  `set -eu
umask 077
mkdir -p "$1"
cd "$1"
cat > apply.sh
: > log
[ "$(sha256sum < apply.sh)" = "$2  -" ] || { echo 'the script arrived damaged' >&2; exit 1; }
! systemctl is-active --quiet "$3" || exit ${BUSY}
systemd-run --quiet --collect --unit="$3" --description='cmdeploy run' \\
  --property=RuntimeMaxSec=${MAX_RUN_SECONDS} --property=KillMode=mixed \\
  --property=StandardOutput="append:$1/log" --property=StandardError="append:$1/log" \\
  -- bash "$1/apply.sh"
pid=$(systemctl show --property=MainPID --value "$3")
if [ "\${pid:-0}" -gt 0 ]; then exec tail -n +1 -s 0.2 --pid="$pid" -f log; else exec cat log; fi`,
  'cmdeploy',
  `${RUN_DIR}/${script.runId}`,
  sha256(script.text),
  APPLY_UNIT,
];

/**
 * Carries out a plan. Resolves when every step succeeded.
 *
 * @returns the notices of follow-ups
 * @throws {ApplyFailedError} a step failed; what was done before it stays, the next run goes on
 * @throws {HostBusyError} another run is at work on this host
 */
export const apply = async (
  host: Host,
  plan: Plan,
  script: ApplyScript,
  emit: Emit,
): Promise<readonly string[]> => {
  const follower = new ApplyFollower(plan.steps.map(describeStep), emit);
  const argv = launcher(script);
  const result = await host.exec(argv, {
    input: script.text,
    onLine: (line) => follower.line(line),
    timeoutMs: (MAX_RUN_SECONDS + 60) * 1000,
  });
  if (result.code === BUSY) throw new HostBusyError(host.name);
  const log = `${RUN_DIR}/${script.runId}/log`;
  if (follower.failure) throw new ApplyFailedError(host.name, follower.failure, log);
  if (result.code !== 0) throw new RemoteCommandError(host.name, argv, result);
  if (!follower.ended) {
    throw new ApplyFailedError(host.name, follower.interrupted(), log);
  }
  return follower.notices;
};
