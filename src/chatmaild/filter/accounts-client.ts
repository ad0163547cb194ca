import { get } from 'node:http';

/**
 * Whether all of these recipients take mail that is not encrypted. `unreachable`: the accounts
 * service, which can see the mail store, did not say.
 */
export type AskCleartext = (addresses: readonly string[]) => Promise<boolean | 'unreachable'>;

const TIMEOUT_MS = 5000;
/** Node's HTTP servers take headers, request line included, of 16 kB. */
const MAX_QUERY_LENGTH = 8000;
const MAX_ANSWER_BYTES = 1000;

/** Asks the accounts service over its unix socket. */
export const accountsClient =
  (socketPath: string): AskCleartext =>
  async (addresses) => {
    if (addresses.length === 0) return false;
    for (const query of queries(addresses)) {
      const allowed = await ask(socketPath, `/incoming-cleartext?${query}`);
      if (allowed !== true) return allowed;
    }
    return true;
  };

/** As many queries as it takes to keep each of them short. */
const queries = (addresses: readonly string[]): string[] => {
  const result: string[] = [];
  for (const address of addresses) {
    const parameter = `address=${encodeURIComponent(address)}`;
    const last = result.at(-1);
    if (last === undefined || last.length + parameter.length > MAX_QUERY_LENGTH) {
      result.push(parameter);
    } else {
      result[result.length - 1] = `${last}&${parameter}`;
    }
  }
  return result;
};

const ask = (socketPath: string, path: string): Promise<boolean | 'unreachable'> =>
  new Promise((resolve) => {
    const request = get({ socketPath, path, timeout: TIMEOUT_MS, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
        if (body.length > MAX_ANSWER_BYTES) request.destroy();
      });
      response.on('end', () => resolve(parseAnswer(response.statusCode, body)));
      response.on('error', () => resolve('unreachable'));
      response.on('aborted', () => resolve('unreachable'));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve('unreachable'));
    request.on('close', () => resolve('unreachable'));
  });

const parseAnswer = (status: number | undefined, body: string): boolean | 'unreachable' => {
  if (status !== 200) return 'unreachable';
  try {
    const answer: unknown = JSON.parse(body);
    if (typeof answer !== 'object' || answer === null || !('allowed' in answer)) {
      return 'unreachable';
    }
    return typeof answer.allowed === 'boolean' ? answer.allowed : 'unreachable';
  } catch {
    return 'unreachable';
  }
};
