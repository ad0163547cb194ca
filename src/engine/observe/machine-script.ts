/**
 * The command that looks at the machine and tries the network. It runs beside the rest of the look:
 * what waits for others has bounds and runs in parallel. A process substitution each, because a
 * look writes no files. In bash, which every Debian has; where there is none, it finds out nothing.
 */
import { quote } from '../../host/quote.ts';
import { RUN_DIR } from '../layout.ts';
import type { NetworkQuery } from '../machine-facts.ts';

/** One line a fact, its words divided by tabs; `parse-machine.ts` reads them. */
export const machineScript = (network: NetworkQuery | undefined): string =>
  quote(['bash', '-c', `{\n${script(network)}\n} </dev/null`]);

const script = (network: NetworkQuery | undefined): string => {
  const tries = network === undefined ? [] : networkTries(network);
  return `
printf 'now\\t%s\\n' "$(date +%s%3N)"
${functions}
[ -d ${RUN_DIR} ] && printf 'deployed\\tyes\\n' || bound=3
${tries.map((command, index) => `exec {try${index}}< <(${command})`).join('\n')}
${machine}
${tries.map((_, index) => `cat <&"$try${index}"`).join('\n')}`;
};

/** Seconds to wait for another host: longer only where nobody waits for an unchanged host. */
const functions = `
bound=1

# Whether a name server answers, and not by "servfail" or "refused" (RFC 1035 section 4.1.1).
ask_nameserver() {
  local answer=no code attempt
  exec 4<>"/dev/udp/$1/53" && for attempt in 1 2; do
    printf '\\x2a\\x01\\x01\\0\\0\\x01\\0\\0\\0\\0\\0\\0\\x03deb\\x06debian\\x03org\\0\\0\\x01\\0\\x01' >&4
    code=$(timeout 1 head -c 4 <&4 | od -An -tu1 -j 3)
    [ -n "$code" ] && { [ $((code & 15)) -eq 0 ] || [ $((code & 15)) -eq 3 ]; } && answer=yes && break
  done
  printf 'nameserver\\t%s\\t%s\\n' "$1" "$answer"
}
ask_nameservers() {
  local servers
  servers=$(sed -n 's/^nameserver[[:space:]]\\{1,\\}\\([0-9A-Fa-f.:%a-z]*\\).*/\\1/p' /etc/resolv.conf | head -n 3)
  for server in \${servers:-127.0.0.1}; do ask_nameserver "$server" & done
  wait
}

# NAME: where it leads by the DNS; /etc/hosts may know the host by another address.
resolve() {
  timeout "$bound" getent -s hosts:dns ahosts "$1" | awk '!seen[$1]++ { print "reached-at\\t" $1 }' | head -n 10
}

# In a network of its own, the host's name may be the only one.
resolve_own_name() {
  timeout "$bound" getent -s hosts:dns ahosts "$(hostname --fqdn)" >/dev/null && printf 'own-name-resolves\\tyes\\n'
}

# NAME PORT: what comes of a connection.
try_connection() {
  local database=ahostsv4 address error
  [ -z "$(ip -4 address show scope global)" ] && database=ahostsv6
  address=$(timeout "$bound" getent "$database" "$1" | awk 'NR == 1 { print $1 }')
  [ -n "$address" ] || return
  error=$(timeout "$bound" bash -c 'exec 4<>"/dev/tcp/$1/$2"' bash "$address" "$2" 2>&1)
  printf 'outbound\\t%s\\t%s\\t%s\\n' "$1" "$?" "$(printf %s "$error" | head -n 1 | sed 's/.*: //')"
}`;

const networkTries = ({ names, outbound }: NetworkQuery): string[] => [
  'ask_nameservers',
  'resolve_own_name',
  ...names.map((name) => `resolve ${quote([name])}`),
  ...outbound.hosts.map((host) => `try_connection ${quote([host, String(outbound.port)])}`),
];

const machine = `
printf 'container\\t%s\\n' "$(systemd-detect-virt --container)"
printf 'synchronised\\t%s\\n' "$(timeout 1 timedatectl show -p NTPSynchronized --value)"
awk '/^(MemTotal|MemAvailable|SwapFree):/ { print "memory\\t" $1 "\\t" $2 }' /proc/meminfo
df -k --output=avail,iavail,itotal,target -- /var /usr |
  awk 'NR > 1 && !seen[$4]++ { print "disk\\t" $1 "\\t" $2 "\\t" $3 "\\t" $4 }'
ip -o address show scope global | awk '{ sub("/.*", "", $4); print "address\\t" $4 }'
ip -4 route show default | sed -n '1s/.*/route\\t4/p'
ip -6 route show default | sed -n '1s/.*/route\\t6/p'
[ -e /run/reboot-required ] && printf 'reboot-required\\tyes\\n'
printf 'kernel\\t%s\\n' "$(uname -r)"
ls -1v /boot | sed -n 's/^vmlinuz-/installed-kernel\\t/p' | tail -n 20`;
