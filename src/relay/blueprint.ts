import type { Config } from '../config/schema.ts';
import type { Blueprint } from '../engine/examine.ts';
import { relayNetwork } from './network.ts';
import { relayPorts } from './ports.ts';
import { relayParts } from './relay.ts';
import { type Permissions, takeoverPart } from './takeover.ts';

/** The relay that `config` describes, for the engine to deploy. */
export const relayBlueprint = (
  config: Config,
  version: string,
  allowed: Permissions = {},
): Blueprint => ({
  parts: (platform) => [takeoverPart(config, allowed), ...relayParts(config, platform)],
  ports: relayPorts,
  // Debian 12 runs Postfix as an instance of a template unit.
  userFacing: ['postfix.service', 'postfix@-.service', 'dovecot.service'],
  network: relayNetwork(config.mail_domain),
  takeOver: allowed.replaceConfiguration ?? false,
  version,
});
