/** Delivers over HTTPS: puts routes, requests and verdicts together. */
import { errorCode } from '../error-code.ts';
import { type Exchanger, findExchangers } from './exchangers.ts';
import { type HttpsOptions, postMessage, takesMail } from './https.ts';
import { REMEMBERED_MS, Routes } from './routes.ts';
import type { FindRoute, Route } from './session.ts';
import { verdictOn } from './verdict.ts';

/** For all of a domain's hosts together; Postfix waits with its message for port 25. */
const PROBE_MS = 6000;

export const createCourier = (options: HttpsOptions): FindRoute => {
  const routes = new Routes({
    probe: (domain) => probe(domain, options),
    now: () => performance.now(),
  });
  return async (domain) => {
    const exchanger = await routes.find(domain);
    return exchanger && routeTo(domain, exchanger, routes, options);
  };
};

const probe = async (domain: string, options: HttpsOptions): Promise<Exchanger | undefined> => {
  const end = performance.now() + PROBE_MS;
  try {
    for (const exchanger of await findExchangers(domain)) {
      const left = end - performance.now();
      if (left > 0 && (await takesMail(exchanger, options, left))) return exchanger;
    }
  } catch {
    // The DNS does not tell; Postfix will find out and say so.
  }
  return undefined;
};

const routeTo = (
  domain: string,
  exchanger: Exchanger,
  routes: Routes,
  options: HttpsOptions,
): Route => ({
  deliver: async (envelope, message) => {
    try {
      const answer = await postMessage(exchanger, options, envelope, message);
      const { reply, takesNone } = verdictOn(answer, envelope.from);
      if (takesNone) routes.avoid(domain, REMEMBERED_MS.refused);
      return reply;
    } catch (error) {
      routes.avoid(domain, REMEMBERED_MS.failed);
      return { code: 451, text: `4.4.2 HTTPS failed: ${errorCode(error)}` };
    }
  },
});
