import { domainInUrl } from '../config/domain.ts';
import type { Config } from '../config/schema.ts';
import { offersTurn, TURN_PORT } from '../config/turn.ts';
import type { RequiredPort } from '../engine/preflight/ports.ts';
import { METRICS_PORT, METRICS_UNIT } from './metrics.ts';
import {
  ACCOUNTS_AUTH_ADDRESS,
  HTTPS_ADDRESS,
  MXDELIV_SMTP_ADDRESS,
  MXSEND_ADDRESS,
  RESOLVER_ADDRESS,
} from './paths.ts';
import { POSTFIX_UNITS } from './postfix-unit.ts';

const tcp = (units: readonly string[], ...ports: readonly number[]): readonly RequiredPort[] =>
  ports.map((port) => ({ protocol: 'tcp', port, units }));

/** What must be free on a host, or the relay's already, before anything is touched. */
export const relayPorts = (config: Config): readonly RequiredPort[] => [
  ...tcp(POSTFIX_UNITS, 25, 465, 587),
  ...tcp(['dovecot.service'], 143, 993),
  ...tcp(['nginx.service'], 80, 443),
  { protocol: 'udp', address: RESOLVER_ADDRESS, port: 53, units: ['unbound.service'] },
  { protocol: 'tcp', address: RESOLVER_ADDRESS, port: 53, units: ['unbound.service'] },
  {
    protocol: 'tcp',
    address: ACCOUNTS_AUTH_ADDRESS.host,
    port: ACCOUNTS_AUTH_ADDRESS.port,
    units: ['chatmail-accounts-auth.socket', 'chatmail-accounts.service'],
  },
  {
    protocol: 'tcp',
    address: MXDELIV_SMTP_ADDRESS.host,
    port: MXDELIV_SMTP_ADDRESS.port,
    units: POSTFIX_UNITS,
  },
  {
    protocol: 'tcp',
    address: MXSEND_ADDRESS.host,
    port: MXSEND_ADDRESS.port,
    units: ['chatmail-mxsend.socket', 'chatmail-mxsend.service'],
  },
  {
    protocol: 'tcp',
    address: HTTPS_ADDRESS.host,
    port: HTTPS_ADDRESS.port,
    units: ['nginx.service'],
  },
  ...(offersTurn(config)
    ? [{ protocol: 'udp' as const, port: TURN_PORT, units: ['coturn.service'] }]
    : []),
  ...(config.mtail_address === undefined
    ? []
    : [
        {
          protocol: 'tcp' as const,
          address: domainInUrl(config.mtail_address),
          port: METRICS_PORT,
          units: [METRICS_UNIT],
        },
      ]),
];
