import { existsSync } from 'node:fs';
import type { Argv } from '../host/host.ts';
import { run, succeeds } from './command.ts';
import { CA_PORT } from './pebble.ts';
import { PROXY_PORT } from './proxy.ts';

const tableOf = (bridge: string): string => bridge.replace('-', '_');

/**
 * What keeps lab hosts in: nothing is forwarded between the bridge and any other link, and of this
 * machine they reach DNS server, apt proxy and certificate authority on the bridge.
 */
export const firewallRules = (bridge: string, address: string): string => {
  const table = `inet ${tableOf(bridge)}`;
  return `add table ${table}
delete table ${table}
table ${table} {
  chain forward {
    type filter hook forward priority filter; policy accept;
    iifname "${bridge}" oifname != "${bridge}" reject with icmpx admin-prohibited
    oifname "${bridge}" iifname != "${bridge}" reject with icmpx admin-prohibited
  }
  chain input {
    type filter hook input priority filter; policy accept;
    iifname != "${bridge}" accept
    ct state established,related accept
    ip daddr ${address} udp dport 53 accept
    ip daddr ${address} tcp dport { 53, ${PROXY_PORT}, ${CA_PORT} } accept
    ip daddr ${address} icmp type echo-request accept
    reject with icmpx admin-prohibited
  }
}
`;
};

export const addFirewall = async (bridge: string, address: string): Promise<void> => {
  await run(['nft', '--file', '-'], { input: firewallRules(bridge, address) });
  await openOtherFirewalls(bridge);
};

export const removeFirewall = async (bridge: string): Promise<void> => {
  await closeOtherFirewalls(bridge);
  const table = ['inet', tableOf(bridge)] as const;
  if (await succeeds(['nft', 'list', 'table', ...table])) {
    await run(['nft', 'delete', 'table', ...table]);
  }
};

/**
 * Docker and ufw drop in iptables what they do not know, and with br_netfilter that includes what
 * goes from host to host over the bridge. An accept in our table does not overrule their drop.
 */
const acceptRules = (bridge: string): Argv[] => [
  ['FORWARD', '--in-interface', bridge, '--out-interface', bridge, '--jump', 'ACCEPT'],
  ['INPUT', '--in-interface', bridge, '--jump', 'ACCEPT'],
];

const hasIptables = (): boolean => existsSync('/usr/sbin/iptables');

const openOtherFirewalls = async (bridge: string): Promise<void> => {
  if (!hasIptables()) return;
  for (const rule of acceptRules(bridge)) {
    if (await succeeds(['iptables', '--wait', '--check', ...rule])) continue;
    await run(['iptables', '--wait', '--insert', ...rule]);
  }
};

const closeOtherFirewalls = async (bridge: string): Promise<void> => {
  if (!hasIptables()) return;
  for (const rule of acceptRules(bridge)) {
    if (!(await succeeds(['iptables', '--wait', '--check', ...rule]))) continue;
    await run(['iptables', '--wait', '--delete', ...rule]);
  }
};
