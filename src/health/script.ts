/**
 * The script (bash) that looks at a living relay in one go. It only reads. Slow commands run beside
 * each other, each into a pipe of its own, and everything that could hang has a bound. Each line it
 * prints is a word and its values, divided by tabs; `parse.ts` reads them.
 */
import { RUN_DIR } from '../engine/layout.ts';
import { quote } from '../host/quote.ts';
import { CHATMAIL_INI, MAIL_DIR, RESOLVER_ADDRESS } from '../relay/paths.ts';
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
  updates: updatesScript,
  resolver: resolverScript(query.domain),
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

const deploymentScript = `
sed -n 's/^mail_domain *= */mail-domain\\t/p' ${CHATMAIL_INI} | head -n 1 | cut -c 1-300
for run in $(ls -1r ${RUN_DIR} | head -n 10); do
  header=$(head -n 2 "${RUN_DIR}/$run/apply.sh" | tail -n 1 | cut -c 1-200)
  end=$(tail -n 1 "${RUN_DIR}/$run/log" | tr -d '\\036' | cut -c 1-40)
  printf 'run\\t%s\\t%s\\t%s\\n' "$run" "$header" "$end"
done
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
sed -n 's/^nameserver[[:space:]]\\{1,\\}/nameserver\\t/p' /etc/resolv.conf | head -n 5 | cut -c 1-100
`;

const clockScript = `printf 'synchronised\\t%s\\n' "$(timeout ${BOUND} timedatectl show -p NTPSynchronized --value)"`;

/** Asks for each password file by its name instead of listing folders: 0.8 s for 100,000 accounts, not 5. */
const accountsScript = (domain: string): string => `
{
  find ${quote([`${MAIL_DIR}/${domain}`])} -mindepth 1 -maxdepth 1 -type d -name '*@*' -printf '%p/password\\0' |
    timeout ${BOUND} xargs -0 -r stat -c %W
  printf '@status %s\\n' "$?"
} | awk -v now="$(date +%s)" '
  /^@status / { status = $2; next }
  { count++ }
  $1 > 0 { known++; if ($1 > now - 86400) created++ }
  END {
    # xargs tells by 123 that some folder has no password file, and is none of an account.
    if (status != 0 && status != 123) exit
    print "accounts\\t" count + 0 "\\t" (known == count ? created + 0 : "-")
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

/** Any answer from beyond the host will do, "no such name" too. */
const resolverScript = (domain: string): string => `
command -v node >/dev/null && {
  timeout ${BOUND} node -e '
    const { Resolver } = require("node:dns/promises");
    const resolver = new Resolver({ timeout: 1000, tries: 2 });
    resolver.setServers(["${RESOLVER_ADDRESS}"]);
    const ask = (name) => resolver.resolveSoa(name).catch((error) => {
      if (error.code !== "ENOTFOUND" && error.code !== "ENODATA") throw error;
    });
    Promise.any([ask(process.argv[1]), ask(".")]).then(() => process.exit(0), () => process.exit(1));
  ' ${quote([domain])} && printf 'resolver\\tyes\\n' || printf 'resolver\\tno\\n'
}
`;

const tlsScript = (domain: string, { port, starttls }: TlsPort): string => `
printf 'tls\\t${port}\\t%s\\n' "$(timeout ${BOUND} openssl s_client -connect 127.0.0.1:${port} \\
  -servername ${quote([domain])}${starttls === undefined ? '' : ` -starttls ${starttls}`} </dev/null |
  openssl x509 -noout -fingerprint -sha256 -dates | tr '\\n' ' ')"
`;
