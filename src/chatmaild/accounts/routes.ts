/** The two HTTP interfaces: `auth` for Dovecot's Lua, `http` for nginx and the filter. */
import type { IncomingMessage } from 'node:http';
import { isSelfSignedDomain } from '../../config/domain.ts';
import { ownAddress } from './address.ts';
import { shortage } from './capacity.ts';
import { type CreationContext, createCreator } from './create.ts';
import { type Credentials, dcloginUrl, inventCredentials } from './credentials.ts';
import { type Answer, type Handler, HttpError, readBody, requireMethod } from './http.ts';
import { createNotices } from './notices.ts';

/** Longer than any address and password that the rules allow. */
const MAX_CREATE_BYTES = 1024;
/** When this many invented names are taken already, free ones are too rare to look for. */
const NAME_ATTEMPTS = 5;

const CREATION_STATUS = { exists: 200, refused: 403, unavailable: 503 } as const;

/**
 * `POST /create` with the body `ADDRESS\nPASSWORD`: 200 the account exists now and has this
 * password, 403 refused, 503 not now.
 */
export const authRoutes = (context: CreationContext): Handler => {
  const create = createCreator(context);
  const notice = createNotices();
  return async (request, url) => {
    if (url.pathname !== '/create') throw new HttpError(404, 'not found');
    requireMethod(request, ['POST']);
    const body = await readBody(request, MAX_CREATE_BYTES);
    const lineEnd = body.indexOf('\n');
    if (lineEnd < 0) throw new HttpError(400, 'expected an address, a line end and a password');
    const address = ownAddress(body.slice(0, lineEnd), context.rules.mail_domain);
    if (address === undefined) throw new HttpError(403, 'not an address of this relay');
    const result = await create(address, body.slice(lineEnd + 1));
    if (result.outcome === 'exists') return { status: 200 };
    if (result.outcome === 'unavailable') notice(`no account made: ${result.reason}`);
    return { status: CREATION_STATUS[result.outcome], body: { reason: result.reason } };
  };
};

/**
 * `/new` (and its old name on printed QR codes) invents credentials: POST answers them as JSON, a
 * browser's GET is sent to the app. `/incoming-cleartext?address=..&address=..` tells the filter
 * whether all of the recipients take unencrypted mail.
 */
export const httpRoutes = (context: CreationContext): Handler => {
  const { rules, store } = context;
  return async (request, url) => {
    switch (url.pathname) {
      case '/new':
      case '/cgi-bin/newemail.py':
        return newAccount(request, context);
      case '/incoming-cleartext': {
        requireMethod(request, ['GET']);
        const addresses = url.searchParams.getAll('address');
        const allowed = await every(addresses, async (text) => {
          const address = ownAddress(text, rules.mail_domain);
          return address !== undefined && (await store.acceptsCleartext(address));
        });
        return { status: 200, body: { allowed: allowed && addresses.length > 0 } };
      }
      default:
        throw new HttpError(404, 'not found');
    }
  };
};

/**
 * Credentials only: the first login makes the account, so that strangers who ask and never come
 * back leave nothing on disk.
 */
const newAccount = async (request: IncomingMessage, context: CreationContext): Promise<Answer> => {
  requireMethod(request, ['GET', 'HEAD', 'POST']);
  const domain = context.rules.mail_domain;
  const selfSigned = isSelfSignedDomain(domain);
  if (request.method !== 'POST' && !selfSigned)
    return { status: 302, headers: { Location: `dcaccount:https://${domain}/new` } };
  const lack = shortage(await context.measure(), context.rules);
  if (lack) throw new HttpError(503, lack);
  const credentials = await freeCredentials(context);
  return {
    status: 200,
    body: selfSigned
      ? { ...credentials, dclogin_url: dcloginUrl(credentials) }
      : { ...credentials },
  };
};

const freeCredentials = async ({ rules, store }: CreationContext): Promise<Credentials> => {
  for (let attempt = 0; attempt < NAME_ATTEMPTS; attempt += 1) {
    const credentials = inventCredentials(rules);
    if ((await store.passwordHash(credentials.email)) === undefined) return credentials;
  }
  throw new HttpError(503, 'no free user name found; the operator should allow longer ones');
};

const every = async <T>(items: readonly T[], test: (item: T) => Promise<boolean>) => {
  for (const item of items) if (!(await test(item))) return false;
  return true;
};
