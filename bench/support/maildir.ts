/** What Dovecot leaves on disk tells when messages came, without a client's waiting in between. */
import type { LabHost } from '../../test/support/cmdeploy.ts';
import { scriptOnHost } from './lab.ts';

const folderOf = ({ domain }: LabHost, address: string): string =>
  `/home/vmail/mail/${domain}/${address}`;

/** When Dovecot began to save each message of an INBOX: Unix time in milliseconds by Message-ID. */
export const savedMessages = async (
  relay: LabHost,
  address: string,
): Promise<Map<string, number>> =>
  parseSaved(
    await scriptOnHost(
      relay,
      `cd "$1"; grep --recursive --max-count=1 --ignore-case '^Message-ID:' new cur`,
      [folderOf(relay, address)],
    ),
  );

/** Lines of `FILE:Message-ID: <ID>`; Dovecot's file names begin with `SECONDS.MMICROSECONDSP`. */
export const parseSaved = (output: string): Map<string, number> => {
  const lines = output.matchAll(/^(?:new|cur)\/(\d+)\.M(\d+)P.*?:message-id: <(.*)>\r?$/gim);
  return new Map(
    [...lines].map(([, seconds, microseconds, id = '']) => [
      id,
      Number(seconds) * 1000 + Number(microseconds) / 1000,
    ]),
  );
};

/**
 * Waits on the host until the mailboxes, empty before, hold `total` messages.
 *
 * @returns when Dovecot moved the last of them into its mailbox: Unix time in milliseconds. The
 *   host's clock is this machine's.
 */
export const lastDelivery = async (
  relay: LabHost,
  addresses: readonly string[],
  total: number,
): Promise<number> => {
  const output = await scriptOnHost(
    relay,
    `total=$1; shift
arrived() { find "\${@/%//new}" -type f -printf '%C@\\n'; }
for attempt in $(seq 300); do
  [ "$(arrived "$@" | wc -l)" -lt "$total" ] || break
  sleep 0.2
done
[ "$(arrived "$@" | wc -l)" = "$total" ]
arrived "$@" | sort -n | tail -n 1`,
    [String(total), ...addresses.map((address) => folderOf(relay, address))],
  );
  return Number(output) * 1000;
};
