/** HTTPS requests to a relay by its address; its certificate is self-signed. */
import { request } from 'node:https';
import { isIP } from 'node:net';
import type { SmtpTarget } from './smtp.ts';

const TIMEOUT_MS = 30_000;

export interface HttpsAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export async function https(
  target: SmtpTarget,
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'TRACE',
  path: string,
  body = '',
  headers: Readonly<Record<string, string | readonly string[]>> = {},
): Promise<HttpsAnswer> {
  return await new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: target.address,
        // An IP address is no server name (RFC 6066 section 3).
        ...(isIP(target.domain) === 0 ? { servername: target.domain } : {}),
        headers: { host: target.domain, 'content-length': Buffer.byteLength(body), ...headers },
        method,
        path,
        rejectUnauthorized: false,
        timeout: TIMEOUT_MS,
        agent: false,
      },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk: string) => {
          text += chunk;
        });
        answer.on('error', reject);
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }),
        );
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error(`${method} ${path}: no answer`)));
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
