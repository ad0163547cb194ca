import type { Config } from '../config/schema.ts';
import type { Blueprint } from '../engine/examine.ts';
import { relayPorts } from './ports.ts';
import { relayParts } from './relay.ts';

/** The relay that `config` describes, for the engine to deploy. */
export const relayBlueprint = (config: Config, version: string): Blueprint => ({
  parts: (platform) => relayParts(config, platform),
  ports: relayPorts,
  // Debian 12 runs Postfix as an instance of a template unit.
  userFacing: ['postfix.service', 'postfix@-.service', 'dovecot.service'],
  version,
});
