/**
 * Rotation of the DKIM key. A second key is made under a new selector, its record published and
 * waited for; then it signs, and the record of the first one stays until mail signed with it has
 * arrived. All that is known of it lies on the host: which key signs (KeyTable), which one will
 * (`next`), which ones did and until when (`SELECTOR.retired`). So each step can be done again.
 */
import { execExclusively } from '../engine/apply/exclusive.ts';
import type { Host } from '../host/host.ts';
import { DKIM_KEYS_DIR, DKIM_SELECTOR, DKIM_TABLE_ENTRY, dkimTableLine } from '../relay/paths.ts';
import type { HostDns, RetiredKey } from './host.ts';

const DAY = 24 * 3600;

/**
 * Seconds for which mail may be on its way: Postfix gives up after two days, and the server that took
 * it may be slow to look.
 */
export const RETIREMENT_SECONDS = 3 * DAY;

export const isExpired = ({ age }: RetiredKey): boolean => age >= RETIREMENT_SECONDS;

/** The host is not in a state in which the step could be done; the message says what to do. */
export class RotationError extends Error {
  override readonly name = 'RotationError';
}

/**
 * A name that no key of the relay ever had, from the minute it is made in: `cm202611221957`. Resolvers
 * may still know the record of an old one.
 */
export const newSelector = (now: Date): string =>
  `cm${now.toISOString().slice(0, 16).replace(/\D/g, '')}`;

/** What keeps a new rotation from beginning, in words. */
export const rotationProblem = (host: HostDns): string | undefined => {
  if (host.dkim === undefined) return 'The host has no DKIM key yet; make one with "cmdeploy run".';
  const [last] = host.retired;
  if (last === undefined) return undefined;
  return isExpired(last)
    ? `The last rotation is not finished: run "cmdeploy dkim rotate --finish" first, for the key ${last.selector}.`
    : `The last rotation is not finished: mail signed with the key ${last.selector} may be on its way for ${waitInWords(last)} more.`;
};

/** `2 days` until a retired key has expired. */
export const waitInWords = ({ age }: RetiredKey): string => {
  const hours = Math.ceil(Math.max(0, RETIREMENT_SECONDS - age) / 3600);
  return hours > 48 ? `${Math.ceil(hours / 24)} days` : `${hours} hours`;
};

/** Its arguments: the folder of the keys, the selector. */
const PREPARE = `set -eu
umask 077
cd "$1"
if [ ! -e KeyTable ]; then
  echo 'This host signs with one fixed key: run "cmdeploy run" first.' >&2
  exit 1
fi
if [ ! -e "$2.private" ]; then
  openssl genrsa -out "$2.new" 2048
  chown opendkim:opendkim "$2.new"
  sync "$2.new"
  mv "$2.new" "$2.private"
fi
printf '%s\\n' "$2" > next.new
mv next.new next
`;

/**
 * Its arguments: the folder of the keys, the selector, the entry's name, the whole entry. A reload
 * keeps connections, so that no mail waits.
 */
const SWITCH = `set -eu
umask 077
cd "$1"
openssl pkey -in "$2.private" -noout
current=$(awk -v entry="$3" '$1 == entry { split($2, part, ":"); print part[2] }' KeyTable)
if [ "$current" != "$2" ]; then
  date +%s > retired.new
  mv retired.new "$current.retired"
  printf '%s\\n' "$4" > KeyTable.new
  chown opendkim:opendkim KeyTable.new
  sync KeyTable.new
  mv KeyTable.new KeyTable
fi
systemctl reload opendkim.service
systemctl is-active --quiet opendkim.service
rm -f next
`;

/** Its arguments: the folder of the keys, the selector, the selector whose file is always there. */
const FINISH = `set -eu
cd "$1"
if [ "$2" != "$3" ]; then rm -f "$2.private"; fi
rm -f "$2.retired"
`;

const TIMEOUT_MS = 120_000;

/** A run may reload OpenDKIM, too, or bring files of before back. */
const runScript = (host: Host, script: string, args: readonly string[]): Promise<void> =>
  execExclusively(host, {
    title: 'cmdeploy dkim rotate',
    argv: ['sh', '-c', script, 'sh', DKIM_KEYS_DIR, ...args],
    timeoutMs: TIMEOUT_MS,
  });

/** Makes the key that will sign next, unless it is there. @throws HostError, HostBusyError */
export const prepareKey = (host: Host, selector: string): Promise<void> =>
  runScript(host, PREPARE, [selector]);

/** Has the key sign from now on. @throws HostError, HostBusyError */
export const switchToKey = (host: Host, selector: string): Promise<void> =>
  runScript(host, SWITCH, [selector, DKIM_TABLE_ENTRY, dkimTableLine(selector)]);

/**
 * Forgets a retired key. The file of the relay's first key stays: every deployment sees to it that
 * there is one, and it signs nothing. @throws HostError, HostBusyError
 */
export const forgetKey = (host: Host, selector: string): Promise<void> =>
  runScript(host, FINISH, [selector, DKIM_SELECTOR]);
