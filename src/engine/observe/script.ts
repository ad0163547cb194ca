import { quote } from '../../host/quote.ts';
import type { Query } from '../facts.ts';
import { RUN_DIR, STAMP_DIR } from '../layout.ts';
import { machineScript } from './machine-script.ts';
import { recordsScript } from './records.ts';

/** Marks the beginning of a section of the output; names follow in {@link SECTION_NAMES}. */
export const SECTION_MARK = '@@';

export const SECTION_NAMES = [
  'system',
  'packages',
  'files',
  'hashes',
  'users',
  'units',
  'stamps',
  'listeners',
  'records',
  'preconditions',
  'machine',
  'end',
] as const;
export type SectionName = (typeof SECTION_NAMES)[number];

/** Of find(1): type, owner, group, mode, path, target of a link. */
const FILE_FORMAT = '%y\\t%u\\t%g\\t%m\\t%p\\t%l\\n';

/** What is beyond them is seen by the next run. */
const MAX_TREE_FILES = 5000;

/**
 * The script (POSIX sh) that looks at everything in one go. It only reads. Each section prints one
 * fact a line; `parse.ts` reads them. Every tool it uses is in a minimal Debian.
 */
export const observeScript = (query: Query): string => `
export LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin
exec 2>/dev/null
${machineScript(query.network)} | {
exec 3<&0 </dev/null

echo ${SECTION_MARK}system
(. /etc/os-release; printf 'id %s\\nversion %s\\nname %s\\n' "$ID" "$VERSION_ID" "$PRETTY_NAME")
echo "architecture $(dpkg --print-architecture)"
echo "uid $(id -u)"
[ -d /run/systemd/system ] && echo 'systemd yes'

echo ${SECTION_MARK}packages
dpkg-query -W -f='\${db:Status-Status} \${Package} \${Version}\\n' ${words(query.packages)}

echo ${SECTION_MARK}files
find ${words(query.paths)} -maxdepth 0 -printf '${FILE_FORMAT}'
find ${words(query.trees)} -mindepth 1 '(' -type f -o -type l ')' ! -path '*[[:cntrl:]]*' -printf '${FILE_FORMAT}' | head -n ${MAX_TREE_FILES}

echo ${SECTION_MARK}hashes
sha256sum -- ${words(query.paths)}

echo ${SECTION_MARK}users
for user in ${words(query.users)}; do
  home=$(getent passwd "$user" | cut -d: -f6) && [ -n "$home" ] &&
    printf '%s\\t%s\\t%s\\n' "$user" "$home" "$(id -nG "$user")"
done

echo ${SECTION_MARK}units
systemctl show --property=Id,LoadState,ActiveState,UnitFileState,NeedDaemonReload -- ${words(query.units)}

echo ${SECTION_MARK}stamps
grep -H '' ${STAMP_DIR}/*

echo ${SECTION_MARK}listeners
ss -Hlntup | while read -r protocol _ _ _ address _ process; do
  program=$(printf %s "$process" | sed -n 's/^users:(("\\([^"]*\\)".*/\\1/p')
  unit=
  # The first holder may have ended since, as smtpd does after a reload of Postfix.
  for pid in $(printf %s "$process" | grep -o 'pid=[0-9]*' | cut -d= -f2); do
    [ -z "$unit" ] && unit=$(sed -n 's#^.*/\\([^/]*\\.\\(service\\|socket\\|scope\\)\\)$#\\1#p' "/proc/$pid/cgroup" | head -n 1)
  done
  printf '%s\\t%s\\t%s\\t%s\\n' "$protocol" "$address" "$program" "$unit"
done

echo ${SECTION_MARK}records
${recordsScript}
echo ${SECTION_MARK}preconditions
${query.preconditions.map(preconditionCommands).join('')}
echo ${SECTION_MARK}machine
cat <&3
echo ${SECTION_MARK}end
}
`;

const preconditionCommands = ({
  name,
  script,
  firstDeploy,
}: Query['preconditions'][number]): string =>
  `${firstDeploy ? `[ -d ${RUN_DIR} ] || ` : ''}(${script}\n) | while read -r line; do printf '%s\\t%s\\n' ${quote([name])} "$line"; done\n`;

/** Arguments for the shell; a name that no host has where there are none, so that commands work. */
const words = (names: readonly string[]): string =>
  names.length === 0 ? '/nonexistent' : names.map((name) => quote([name])).join(' ');
