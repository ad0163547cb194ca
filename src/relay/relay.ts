import { isAddressRelay } from '../config/domain.ts';
import type { Config } from '../config/schema.ts';
import type { Part, Platform } from '../engine/state.ts';
import { chatmaildPart } from './chatmaild.ts';
import { coturnPart } from './coturn.ts';
import { dovecotPart } from './dovecot.ts';
import { expirePart } from './expire.ts';
import { irohPart } from './iroh.ts';
import { logsPart } from './logs.ts';
import { metricsPart } from './metrics.ts';
import { nginxPart } from './nginx.ts';
import { opendkimPart } from './opendkim.ts';
import type { OwnPage, RelayPart } from './part.ts';
import { postfixPart } from './postfix.ts';
import { systemPart } from './system.ts';
import { tlsPart } from './tls.ts';
import { unboundPart } from './unbound.ts';
import { updatesPart } from './updates.ts';
import { websitePart } from './website.ts';

/**
 * In the order in which their units start: what others need comes first, what takes connections
 * from outside last. Postfix finds every milter and Dovecot's sockets when it opens its ports.
 */
const PARTS: readonly RelayPart[] = [
  systemPart,
  updatesPart,
  logsPart,
  unboundPart,
  tlsPart,
  chatmaildPart,
  expirePart,
  opendkimPart,
  dovecotPart,
  postfixPart,
  coturnPart,
  irohPart,
  metricsPart,
  websitePart,
  nginxPart,
];

/** Everything that makes a host a relay. Mail from an IP address has no domain that could sign it. */
export const relayParts = (
  config: Config,
  platform: Platform,
  ownPages: readonly OwnPage[] = [],
): Part[] =>
  PARTS.filter((part) => part !== opendkimPart || !isAddressRelay(config.mail_domain)).map((part) =>
    part(config, platform, ownPages),
  );
