/** HTTP (RFC 9112) in version 1.0, in which an answer ends with its connection. */
import { domainInUrl } from '../../config/domain.ts';
import type { Connection } from './connection.ts';
import type { Network, ServedCertificate } from './network.ts';

/** The accounts service measures the host and looks for a free name. */
const TIMEOUT_MS = 8000;

export interface WebAnswer {
  readonly status: number;
  readonly body: string;
}

/** Asks on port 80. */
export const askHttp = async (network: Network, path: string): Promise<WebAnswer> =>
  closing(await network.tcp(80), (connection) => ask(connection, network, 'GET', path));

/** Begins TLS on port 443. */
export const lookAtHttps = async (network: Network): Promise<ServedCertificate> =>
  closing(await network.tcp(443), (connection) => network.startTls(connection));

export const postHttps = async (network: Network, path: string): Promise<WebAnswer> =>
  closing(await network.tcp(443), async (connection) => {
    await network.startTls(connection);
    return ask(connection, network, 'POST', path);
  });

const closing = async <T>(
  connection: Connection,
  use: (connection: Connection) => Promise<T>,
): Promise<T> => {
  try {
    return await use(connection);
  } finally {
    connection.close();
  }
};

const ask = async (
  connection: Connection,
  { mailDomain }: Network,
  method: string,
  path: string,
): Promise<WebAnswer> => {
  const host = domainInUrl(mailDomain);
  connection.write(`${method} ${path} HTTP/1.0\r\nHost: ${host}\r\nContent-Length: 0\r\n\r\n`);
  const answer = await connection.rest(TIMEOUT_MS);
  const status = /^HTTP\/1\.[01] (\d{3})[ \r]/.exec(answer)?.[1];
  if (status === undefined) throw new Error('its answer is not HTTP');
  const headerEnd = answer.indexOf('\r\n\r\n');
  return { status: Number(status), body: headerEnd < 0 ? '' : answer.slice(headerEnd + 4) };
};
