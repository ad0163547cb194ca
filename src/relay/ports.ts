import { ACCOUNTS_AUTH_ADDRESS, RESOLVER_ADDRESS } from './paths.ts';

/** A port that a relay listens on, and who may hold it before a deployment. */
export interface RelayPort {
  readonly protocol: 'tcp' | 'udp';
  /** Only this address; without it, every address of the host. */
  readonly address?: string;
  readonly port: number;
  /** systemd units of the relay itself. Anything else there is in the way. */
  readonly units: readonly string[];
}

const tcp = (units: readonly string[], ...ports: readonly number[]): readonly RelayPort[] =>
  ports.map((port) => ({ protocol: 'tcp', port, units }));

const ACCOUNTS_AUTH_UNITS = ['chatmail-accounts-auth.socket', 'chatmail-accounts.service'];

/** What must be free, or ours already, before anything on a host is touched. */
export const relayPorts: readonly RelayPort[] = [
  // Debian 12 runs Postfix as an instance of a template unit.
  ...tcp(['postfix.service', 'postfix@-.service'], 25, 465, 587),
  ...tcp(['dovecot.service'], 143, 993),
  ...tcp(['nginx.service'], 80, 443),
  { protocol: 'udp', address: RESOLVER_ADDRESS, port: 53, units: ['unbound.service'] },
  { protocol: 'tcp', address: RESOLVER_ADDRESS, port: 53, units: ['unbound.service'] },
  {
    protocol: 'tcp',
    address: ACCOUNTS_AUTH_ADDRESS.host,
    port: ACCOUNTS_AUTH_ADDRESS.port,
    units: ACCOUNTS_AUTH_UNITS,
  },
];
