/** The site as nginx would serve it, from memory: for the operator who works on pages. */
import { extname } from 'node:path';
import type { Config } from '../config/schema.ts';
import type { OwnPage } from '../relay/part.ts';
import { WEBSITE_DIR, websitePart } from '../relay/website.ts';
import { chooseLanguage } from '../website/negotiation.ts';
import { invitesByLogin } from '../website/pages.ts';
import { contentPolicies } from '../website/policy.ts';

export interface SiteRequest {
  readonly method: string;
  /** Decoded, without the query: `/de/`. */
  readonly path: string;
  readonly acceptLanguage: string;
}

export interface SiteAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export type Site = (request: SiteRequest) => SiteAnswer;

/** Those of nginx's mime.types that pages need. */
const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.gif': 'image/gif',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.js': 'application/javascript; charset=utf-8',
  '.json': 'application/json',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.xml': 'text/xml; charset=utf-8',
};

const REFUSED = '{"reason":"this is a preview; accounts are made by the relay"}';

/** Renders everything once; see templates/nginx/nginx.conf.hbs for the same in nginx's words. */
export const createSite = (config: Config, ownPages: readonly OwnPage[]): Site => {
  const files = new Map(
    (websitePart(config, { debian: 13 }, ownPages).files ?? []).map(({ path, content }) => [
      path.slice(WEBSITE_DIR.length),
      content,
    ]),
  );
  const policies = contentPolicies(ownPages.length > 0);
  const answer = (path: string, status: number): SiteAnswer => {
    const isStart = /^(?:\/[a-z]{2})?\/index\.html$/.test(path);
    const scripted = isStart && invitesByLogin(config);
    return {
      status,
      headers: {
        'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream',
        'Content-Security-Policy': scripted ? policies.scriptPolicy : policies.contentPolicy,
      },
      body: files.get(path) ?? '',
    };
  };
  return ({ method, path, acceptLanguage }) => {
    if (path === '/new') return plain(503, 'application/json', REFUSED);
    if (method !== 'GET' && method !== 'HEAD')
      return plain(405, 'text/plain', 'method not allowed');
    const language = chooseLanguage(acceptLanguage, config.languages) ?? 'en';
    const found = candidates(path, language).find((candidate) => files.has(candidate));
    if (found !== undefined) return answer(found, 200);
    if (files.has(`${path}/index.html`)) {
      return { ...plain(301, 'text/plain', ''), headers: { Location: encodeURI(`${path}/`) } };
    }
    const missing = ['/404.html', `/${language}/404.html`].find((page) => files.has(page));
    return missing ? answer(missing, 404) : plain(404, 'text/plain', 'not found');
  };
};

/** In the order of `try_files`. */
const candidates = (path: string, language: string): string[] =>
  path === '/'
    ? ['/index.html', `/${language}/index.html`]
    : [path, ...(path.endsWith('/') ? [`${path}index.html`] : []), `/${language}${path}`];

const plain = (status: number, type: string, body: string): SiteAnswer => ({
  status,
  headers: { 'Content-Type': type },
  body,
});
