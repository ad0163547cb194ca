import type { Config } from '../config/schema.ts';
import type { Blueprint } from '../engine/examine.ts';
import { relayNetwork } from './network.ts';
import type { OwnPage } from './part.ts';
import { relayPorts } from './ports.ts';
import { POSTFIX_UNITS } from './postfix-unit.ts';
import { relayParts } from './relay.ts';
import { type Permissions, takeoverPart } from './takeover.ts';
import { websiteParts } from './website-only.ts';

/** The relay that `config` describes, for the engine to deploy. */
export const relayBlueprint = (
  config: Config,
  version: string,
  ownPages: readonly OwnPage[],
  allowed: Permissions = {},
): Blueprint => ({
  parts: (platform) => [takeoverPart(config, allowed), ...relayParts(config, platform, ownPages)],
  ports: relayPorts(config),
  userFacing: [...POSTFIX_UNITS, 'dovecot.service'],
  network: relayNetwork(config.mail_domain),
  takeOver: allowed.replaceConfiguration ?? false,
  version,
});

/** Only its web pages, and how they are served: a share of a host that is a relay already. */
export const websiteBlueprint = (
  config: Config,
  version: string,
  ownPages: readonly OwnPage[],
): Blueprint => ({
  parts: (platform) => [takeoverPart(config, {}), ...websiteParts(config, platform, ownPages)],
  ports: [],
  takeOver: false,
  version,
});
