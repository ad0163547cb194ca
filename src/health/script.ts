/**
 * The script (bash) that looks at a living relay in one go. It only reads. Slow commands run beside
 * each other, each into a pipe of its own, and everything that could hang has a bound. Each line it
 * prints is a word and its values, divided by tabs; `parse.ts` reads them.
 */
import { domainInAddress } from '../config/domain.ts';
import { HISTORY_FILE } from '../engine/layout.ts';
import { quote } from '../host/quote.ts';
import { CHATMAIL_INI, DELETION_TIMER, MAIL_DIR, PROBES_DIR, PUSH_SPOOL } from '../relay/paths.ts';
import { queueScript, trafficScript } from './script-mail.ts';

export interface StatusQuery {
  readonly domain: string;
  /** systemd units to look at. */
  readonly units: readonly string[];
  /** PEM file on the host. */
  readonly certificate: string;
  readonly tlsPorts: readonly TlsPort[];
  /** Files in which follow-ups of a deploy say what they could not do. */
  readonly notices: readonly string[];
}

export interface TlsPort {
  readonly port: number;
  /** openssl's name of the protocol in which STARTTLS is asked for; TLS at once without it. */
  readonly starttls?: 'smtp';
}

/** Its last line: without it the answer was cut short. */
export const END_MARK = 'end';

/** The file that stops the making of accounts. */
export const NO_CREATE_FILE = '/etc/chatmail-nocreate';

/** Seconds for each of the slow commands; they run beside each other. A look should take less than three. */
const BOUND = 2;

export const statusScript = (query: StatusQuery): string => `
export LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin
look() {
printf 'now\\t%s\\n' "$(date +%s%3N)"

${parallel(slowScripts(query))}

${deploymentScript}
${noticesScript(query.notices)}
${unitsScript(query.units)}
${deletionScript}
${machineScript}
printf 'certificate\\t%s\\n' "$(openssl x509 -in ${quote([query.certificate])} -noout \\
  -fingerprint -sha256 -dates -subject -issuer -ext subjectAltName | tr -s '\\n ' ' ' | cut -c 1-4000)"

${collect(slowScripts(query))}
echo ${END_MARK}
}
look </dev/null 2>/dev/null
`;

const slowScripts = (query: StatusQuery): Readonly<Record<string, string>> => ({
  traffic: trafficScript(BOUND),
  queue: queueScript(BOUND),
  accounts: accountsScript(query.domain),
  push: pushScript,
  updates: updatesScript,
  clock: clockScript,
  ...Object.fromEntries(
    query.tlsPorts.map((port) => [`tls_${port.port}`, tlsScript(query.domain, port)]),
  ),
});

const parallel = (scripts: Readonly<Record<string, string>>): string =>
  Object.entries(scripts)
    .map(([name, script]) => `exec {${name}}< <(${script.trim()}\n)`)
    .join('\n');

const collect = (scripts: Readonly<Record<string, string>>): string =>
  Object.keys(scripts)
    .map((name) => `cat <&"$${name}"`)
    .join('\n');

/** Enough for the last runs; a line torn at its beginning is passed over. */
const HISTORY_BYTES = 64 * 1024;

const deploymentScript = `
sed -n 's/^mail_domain *= */mail-domain\\t/p' ${CHATMAIL_INI} | head -n 1 | cut -c 1-300
printf 'history\\t%s\\n' "$(tail -c ${HISTORY_BYTES} ${HISTORY_FILE} | base64 -w 0)"
`;

const noticesScript = (paths: readonly string[]): string =>
  paths
    .map((path) => quote([path]))
    .map((path) => `[ -f ${path} ] && head -c 2000 ${path} | sed 's/^/notice\\t/'; echo`)
    .join('\n');

/** How many units' last words are shown, and how many lines of each. */
const LOGS = { units: 6, lines: 3 } as const;

/** systemd's message id of "Scheduled restart job" (systemd/sd-messages.h). */
const RESTART_SCHEDULED = '5eb03494b6584870a536b337290809b3';

const unitsScript = (units: readonly string[]): string => `
systemctl show --timestamp=unix --property=Id,LoadState,ActiveState,SubState,InactiveEnterTimestamp,TriggeredBy \\
  -- ${units.map((unit) => quote([unit])).join(' ')} | sed 's/^/unit\\t/'
systemctl list-units --state=failed,auto-restart --plain --no-legend --no-pager --full |
  while read -r unit _ active _; do
    printf 'ill\\t%s\\t%s\\n' "$unit" "$active"
    [ $((count = count + 1)) -gt ${LOGS.units} ] ||
      journalctl -q -o cat -n ${LOGS.lines} -u "$unit" | cut -c 1-300 | while IFS= read -r line; do
        printf 'log\\t%s\\t%s\\n' "$unit" "$line"
      done
  done | head -n 60
journalctl -q -o cat --since=-1h MESSAGE_ID=${RESTART_SCHEDULED} | head -n 10000 |
  awk -F': ' '{ count[$1]++ } END { for (unit in count) printf "restarts\\t%s\\t%d\\n", unit, count[unit] }'
`;

const machineScript = `
printf 'container\\t%s\\n' "$(systemd-detect-virt --container)"
awk '/^(MemTotal|MemAvailable|SwapTotal|SwapFree):/ { print "memory\\t" $1 "\\t" $2 }' /proc/meminfo
awk '{ print "load\\t" $1 "\\t" $2 "\\t" $3 }' /proc/loadavg
printf 'cores\\t%s\\n' "$(nproc)"
df -k --output=size,avail,itotal,iavail,target -- / /var ${MAIL_DIR} |
  awk 'NR > 1 { print "disk\\t" $1 "\\t" $2 "\\t" $3 "\\t" $4 "\\t" $5 }' | sort -u
[ -e ${NO_CREATE_FILE} ] && echo no-create
[ -e /run/reboot-required ] && echo reboot-required
printf 'kernel\\t%s\\n' "$(uname -r)"
ls -1v /boot | sed -n 's/^vmlinuz-/installed-kernel\\t/p' | tail -n 20
`;

const deletionScript = `
TZ=UTC systemctl show --property=LastTriggerUSec,NextElapseUSecRealtime -- ${DELETION_TIMER} |
  sed 's/^/deletion\\t/'
`;

/** Notifications on their way, and when the oldest of them was made (its file keeps that time). */
const pushScript = `
[ ! -d ${PUSH_SPOOL} ] || timeout ${BOUND} find ${PUSH_SPOOL}/mail ${PUSH_SPOOL}/taken ${PUSH_SPOOL}/queue \\
  ${PUSH_SPOOL}/pending -mindepth 1 -type f -printf '%Ts\\n' | awk '
  { count++; if (!oldest || $1 < oldest) oldest = $1 }
  END { printf "push\\t%d\\t%d\\n", count, oldest }'
`;

const clockScript = `printf 'synchronised\\t%s\\n' "$(timeout ${BOUND} timedatectl show -p NTPSynchronized --value)"`;

/**
 * Asks for each password file by its name instead of listing folders: 0.8 s for 100,000 accounts, not 5.
 * Its time is that of the last login. Accounts of probes that are at work do not count.
 */
const accountsScript = (domain: string): string => `
{
  find ${quote([`${MAIL_DIR}/${domainInAddress(domain)}`])} -mindepth 1 -maxdepth 1 -type d -name '*@*' -printf '%p/password\\0' |
    timeout ${BOUND} xargs -0 -r stat -c '%W %Y %n'
  printf '@status %s\\n' "$?"
  cat ${PROBES_DIR}/* | grep -o '"email":"[^"]*"' | sed 's/"email":"\\(.*\\)"/@probe \\1/'
} | awk -v now="$(date +%s)" '
  function forget(name) {
    if (!(name in since)) return
    count--
    if (made[name] > 0) known--
    if (made[name] > now - 86400) created--
    if (since[name] > now - 86400) active--
  }
  /^@status / { status = $2; next }
  /^@probe / { forget($2); next }
  {
    count++
    if ($1 > 0) known++
    if ($1 > now - 86400) created++
    if ($2 > now - 86400) active++
    # A probe uses its accounts within seconds.
    if ($2 > now - 600) { name = $3; sub(/\\/password$/, "", name); sub(/.*\\//, "", name); since[name] = $2; made[name] = $1 }
  }
  END {
    # xargs tells by 123 that some folder has no password file, and is none of an account.
    if (status != 0 && status != 123) exit
    print "accounts\\t" count + 0 "\\t" (known == count ? created + 0 : "-") "\\t" active + 0
  }'
`;

/**
 * Installed packages for which the security archive has a newer version, by apt's lists. apt itself
 * takes seconds to say so on a small machine, and may renew its cache on disk.
 */
const updatesScript = `
lists=$(ls /var/lib/apt/lists/*security*_binary-"$(dpkg --print-architecture)"_Packages*)
[ -z "$lists" ] || {
  dpkg-query -W -f='\${db:Status-Status} \${Package} \${Version}\\n' | sed -n 's/^installed //p'
  echo @lists
  for list in $lists; do timeout ${BOUND} /usr/lib/apt/apt-helper cat-file "$list"; done
  echo @end
} | awk '
  $1 == "@lists" { offered = 1 }
  $1 == "@end" { print "@end" }
  !offered { installed[$1] = $2; next }
  $1 == "Package:" { name = $2 }
  $1 == "Version:" && name in installed && installed[name] != $2 { print name, installed[name], $2 }' |
  while read -r name version newer; do
    if [ "$name" = @end ]; then echo updates-known
    elif dpkg --compare-versions "$version" lt "$newer"; then printf 'security\\t%s\\n' "$name"
    fi
  done | sort -u | head -n 500
cd /var/lib/apt && stat --printf='lists\\t%Y\\nlists\\t%Z\\n' lists lists/partial periodic/update-success-stamp
`;

const tlsScript = (domain: string, { port, starttls }: TlsPort): string => `
printf 'tls\\t${port}\\t%s\\n' "$(
  timeout ${BOUND} openssl s_client -connect 127.0.0.1:${port} \\
    -servername ${quote([domain])}${starttls === undefined ? '' : ` -starttls ${starttls}`} </dev/null |
    openssl x509 -noout -fingerprint -sha256 -dates | tr '\\n' ' '
  [ "\${PIPESTATUS[0]}" = 124 ] && printf late)"
`;
