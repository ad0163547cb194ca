/** Keeps others from a TCP port of a relay, as a hoster does who drops what comes for it. */
import { type LabHost, shellOnHost } from './cmdeploy.ts';

const forBoth = (script: string) => `for family in -4 -6; do\n${script}\ndone`;

/** The rule must come before the one for the host's own addresses, which is the first at boot. */
const block = (port: number) =>
  forBoth(`
    ip $family rule add pref 1 lookup local 2>/dev/null || true
    ip $family rule add pref 0 iif host0 ipproto tcp dport ${port} blackhole
    ip $family rule del pref 0 lookup local 2>/dev/null || true`);

const unblock = (port: number) =>
  forBoth(`ip $family rule del pref 0 iif host0 ipproto tcp dport ${port} blackhole || true`);

/** The hosts reach the port of their own addresses still. */
export async function blockingPort(
  hosts: readonly LabHost[],
  port: number,
  use: () => Promise<void>,
): Promise<void> {
  try {
    await Promise.all(hosts.map((host) => shellOnHost(host, block(port))));
    await use();
  } finally {
    await Promise.all(hosts.map((host) => shellOnHost(host, unblock(port))));
  }
}
