/** What it takes to change the zone of a lab host by dynamic update: its server and the lab's key. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import type { LabHost } from './cmdeploy.ts';

const labFolder = (): string => process.env['CMDEPLOY_LAB_DIR'] ?? '/var/lib/cmdeploy-lab';

/** Address of the lab's DNS server. Nothing listens there on the ports of mail. */
export const dnsServerOf = ({ address }: LabHost): string => address.replace(/\d+$/, '1');

export const updateKeyFile = (): string => join(labFolder(), 'update.key');

export const updateKeyText = (): string => readFileSync(updateKeyFile(), 'utf8');

/** Options of `dns apply` and `dkim rotate`. */
export const updateOptions = (host: LabHost): string[] => [
  ...['--config', host.config],
  ...['--server', dnsServerOf(host), '--key', updateKeyFile(), '--yes'],
];
