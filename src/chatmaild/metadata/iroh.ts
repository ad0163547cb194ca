/** Where clients find an iroh relay for realtime connections, as METADATA tells them. */
import { connect } from 'node:net';
import { domainInUrl } from '../../config/domain.ts';
import type { Config } from '../../config/schema.ts';
import type { ServerEntry } from './keys.ts';

/** As in src/relay/paths.ts. */
const LOCAL = { host: '127.0.0.1', port: 3340 };
const CONNECT_MS = 1000;
/** Many clients ask at the same time when Dovecot was restarted. */
const REMEMBERED_MS = 5000;

/**
 * The URL of the operator's choice; this relay's own while its iroh relay takes connections.
 *
 * @param isRunning whether it does, at the moment
 */
export const irohEntry = (
  { iroh_relay, mail_domain }: Pick<Config, 'iroh_relay' | 'mail_domain'>,
  isRunning: () => Promise<boolean> = () => takesConnections(LOCAL.host, LOCAL.port),
  now: () => number = Date.now,
): ServerEntry => {
  if (iroh_relay !== 'local') return () => iroh_relay;
  let asked = { at: Number.NEGATIVE_INFINITY, running: Promise.resolve(false) };
  return async () => {
    if (now() - asked.at > REMEMBERED_MS) asked = { at: now(), running: isRunning() };
    return (await asked.running) ? `https://${domainInUrl(mail_domain)}` : undefined;
  };
};

const takesConnections = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: CONNECT_MS });
    const settle = (running: boolean) => () => {
      socket.destroy();
      resolve(running);
    };
    socket
      .once('connect', settle(true))
      .once('timeout', settle(false))
      .once('error', settle(false));
  });
