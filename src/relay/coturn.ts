import type { Config } from '../config/schema.ts';
import { offersTurn, portCount, TURN_PORT } from '../config/turn.ts';
import {
  type GeneratedFiles,
  type ManagedFile,
  type Part,
  type Precondition,
  ROOT,
} from '../engine/state.ts';
import { managedUnit, rootFile, unitPath } from './managed.ts';
import type { RelayPart } from './part.ts';
import { CHATMAILD_DIR, TURN_SECRET } from './paths.ts';
import { renderTemplate } from './render.ts';

const UNIT = 'coturn.service';
/** Without what only the host knows; Debian's own /etc/turnserver.conf is not used. */
const CONFIG_PATH = '/etc/chatmail/turnserver.conf';
const FIREWALL_PATH = '/etc/chatmail/turn.nft';
const COMPLETE_PATH = `${CHATMAILD_DIR}/turn-configuration`;
const DROP_IN_DIRECTORY = unitPath(`${UNIT}.d`);
const DROP_IN_PATH = `${DROP_IN_DIRECTORY}/chatmail.conf`;

/** STUN and TURN (RFC 8489, RFC 8656), for calls between clients that cannot reach each other. */
export const coturnPart: RelayPart = (config) =>
  offersTurn(config)
    ? {
        name: 'coturn',
        preconditions: config.turn_external_address ? [] : [reachable],
        packages: ['coturn', 'iproute2', 'nftables', 'openssl'],
        directories: [{ path: DROP_IN_DIRECTORY, owner: ROOT, mode: 0o755 }],
        files: files(config),
        generated: [secret],
        units: [
          managedUnit(UNIT, {
            files: [CONFIG_PATH, FIREWALL_PATH, COMPLETE_PATH, DROP_IN_PATH, TURN_SECRET],
            packages: ['coturn'],
          }),
        ],
      }
    : SWITCHED_OFF;

const SWITCHED_OFF: Part = {
  name: 'coturn',
  absent: [CONFIG_PATH, FIREWALL_PATH, COMPLETE_PATH, DROP_IN_PATH],
  retired: [{ name: UNIT, because: 'chatmail.ini does not want TURN' }],
};

/** systemd hands it to the two services; nobody but root reads the file. */
const secret: GeneratedFiles = {
  name: 'TURN secret',
  paths: [TURN_SECRET],
  commands: [['openssl', 'rand', '-hex', '-out', TURN_SECRET, '32']],
  owner: ROOT,
  mode: 0o600,
};

/** A client outside would be told an address that leads nowhere. */
const reachable: Precondition = {
  name: 'turn-behind-nat',
  script: renderTemplate('coturn/private-addresses.sh', {}),
  fix: 'set turn_external_address in chatmail.ini to the address that the Internet sees, or turn = false',
  level: 'warning',
};

/**
 * Clients gather an allocation per network and address family; those of a client that went away stay
 * for ten minutes.
 */
const ALLOCATIONS_PER_USER = 24;
/** 3 Mbit/s in each direction: a video call in good quality. */
const MAX_BYTES_PER_SECOND = 375_000;
/** Seconds after which coturn forgets a client that has made no allocation. */
const ALLOCATE_TIMEOUT = 15;
/** Addresses with a port that coturn hears from at a time, of each family: up to 80 MB of its memory. */
const CLIENTS = 4096;
/** New ports per second that one address (or /64) may come from: many people share one. */
const NEW_PER_SECOND = 20;
const NEW_AT_ONCE = 200;

const files = (config: Config): ManagedFile[] => [
  rootFile(
    CONFIG_PATH,
    renderTemplate('coturn/turnserver.conf.hbs', {
      realm: config.mail_domain,
      port: TURN_PORT,
      firstPort: config.turn_ports.first,
      lastPort: config.turn_ports.last,
      userQuota: ALLOCATIONS_PER_USER,
      totalQuota: portCount(config.turn_ports),
      maxBytesPerSecond: MAX_BYTES_PER_SECOND,
      allocateTimeout: ALLOCATE_TIMEOUT,
    }),
  ),
  rootFile(
    FIREWALL_PATH,
    renderTemplate('coturn/turn.nft.hbs', {
      port: TURN_PORT,
      clients: CLIENTS,
      allocateTimeout: ALLOCATE_TIMEOUT,
      // Later than coturn, so that it never has more.
      forgetAfter: ALLOCATE_TIMEOUT + 5,
      newPerSecond: NEW_PER_SECOND,
      newAtOnce: NEW_AT_ONCE,
    }),
  ),
  rootFile(
    COMPLETE_PATH,
    renderTemplate('coturn/configuration.sh.hbs', {
      config: CONFIG_PATH,
      ipv6: !config.disable_ipv6,
      externalAddress: config.turn_external_address ?? false,
    }),
    0o755,
  ),
  rootFile(
    DROP_IN_PATH,
    renderTemplate('coturn/coturn.service.conf.hbs', {
      complete: COMPLETE_PATH,
      firewall: FIREWALL_PATH,
      secret: TURN_SECRET,
    }),
  ),
];
