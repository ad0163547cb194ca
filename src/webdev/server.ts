/** Serves the pages on loopback and reloads them in the browser when something has changed. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Site, SiteAnswer } from './site.ts';

const HOST = '127.0.0.1';
const EVENTS_PATH = '/.webdev/changes';
const SCRIPT_PATH = '/.webdev/reload.js';
const RELOAD_SCRIPT = `new EventSource('${EVENTS_PATH}').onmessage = () => location.reload();\n`;

export interface PreviewServer {
  /** Where the pages are: `http://127.0.0.1:8000/`. */
  readonly url: string;
  /** Makes every open page load again. */
  reload(): void;
  close(): Promise<void>;
}

/** The pages cannot be served. */
export class PreviewError extends Error {
  override readonly name = 'PreviewError';
}

/**
 * @param port 0 takes a free one
 * @param renderSite asked for each request; what it throws is shown in the browser
 * @throws {PreviewError} the port cannot be had
 */
export const startPreview = async (
  port: number,
  renderSite: () => Site,
): Promise<PreviewServer> => {
  const pages = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    const path = pathOf(request);
    if (path === EVENTS_PATH) {
      response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
      response.flushHeaders();
      pages.add(response);
      response.on('close', () => pages.delete(response));
      return;
    }
    send(request, response, path === SCRIPT_PATH ? reloadScript() : answerOf(request, renderSite));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new PreviewError(`port ${port}: ${error.code ?? error.message}; choose another: --port`),
      ),
    );
    server.listen(port, HOST, resolve);
  });
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://${HOST}:${taken}/`,
    reload: () => {
      for (const page of pages) page.write('data: changed\n\n');
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

const answerOf = (request: IncomingMessage, renderSite: () => Site): SiteAnswer => {
  try {
    return renderSite()({
      method: request.method ?? 'GET',
      path: pathOf(request),
      acceptLanguage: request.headers['accept-language'] ?? '',
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return {
      status: 500,
      headers: { 'Content-Type': 'text/html; charset=utf-8' },
      body: problem(message),
    };
  }
};

const problem = (message: string): string =>
  `<!doctype html><title>cmdeploy webdev</title><pre>${message.replace(/[&<]/g, (sign) => (sign === '&' ? '&amp;' : '&lt;'))}</pre>`;

const reloadScript = (): SiteAnswer => ({
  status: 200,
  headers: { 'Content-Type': 'application/javascript' },
  body: RELOAD_SCRIPT,
});

/** Pages get the script that reloads them, which their policy has to allow. */
const send = (request: IncomingMessage, response: ServerResponse, answer: SiteAnswer): void => {
  const { 'Content-Security-Policy': policy, ...headers } = answer.headers;
  const isPage = headers['Content-Type']?.startsWith('text/html') === true;
  const body = isPage
    ? `${Buffer.from(answer.body).toString()}<script src="${SCRIPT_PATH}"></script>\n`
    : answer.body;
  response.writeHead(answer.status, {
    ...headers,
    ...(policy === undefined
      ? {}
      : { 'Content-Security-Policy': isPage ? withScript(policy) : policy }),
    'Cache-Control': 'no-store',
  });
  response.end(request.method === 'HEAD' ? undefined : body);
};

const withScript = (policy: string): string =>
  policy.includes('script-src') ? policy : `${policy}; script-src 'self'; connect-src 'self'`;

const pathOf = (request: IncomingMessage): string => {
  try {
    return decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
  } catch {
    return '/';
  }
};
