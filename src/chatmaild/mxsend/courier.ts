/** Delivers over HTTPS: puts routes, requests and verdicts together. */
import { errorCode } from '../error-code.ts';
import { type Exchanger, findExchangers } from './exchangers.ts';
import { deliverToGroup, type Post } from './group.ts';
import { type HttpsOptions, postMessage, takesMail } from './https.ts';
import { Routes } from './routes.ts';
import { type FindRoute, GO_ON, type Route } from './session.ts';
import { Taken } from './taken.ts';
import { plainly, type Verdict, verdictOn, verdictOnFailure } from './verdict.ts';

/** For all of a domain's hosts together; Postfix waits with its message for port 25. */
const PROBE_MS = 6000;

interface Office {
  readonly routes: Routes;
  readonly taken: Taken;
  readonly options: HttpsOptions;
}

const now = () => performance.now();

export const createCourier = (options: HttpsOptions): FindRoute => {
  const routes = new Routes({ probe: (domain) => probe(domain, options), now });
  const office: Office = { routes, taken: new Taken(now), options };
  return async (domain) => routeTo(domain, await routes.find(domain), office);
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
  exchanger: Exchanger | undefined,
  { routes, taken, options }: Office,
): Route => {
  const post: Post = async (envelope, message, withinMs) => {
    if (exchanger === undefined) return plainly(GO_ON);
    try {
      const answer = await postMessage(exchanger, { ...options, withinMs }, envelope, message);
      return verdictOn(answer, envelope.from);
    } catch (error) {
      return verdictOnFailure(error);
    }
  };
  const group = { post, taken, now };
  return {
    isOpen: exchanger !== undefined,
    mayHave: (from, to) => taken.has(from, to),
    deliver: async (envelope, message) => {
      const { from, to } = envelope;
      const [only = ''] = to;
      const streamed = to.length === 1 && !taken.has(from, only);
      const verdict = streamed
        ? await post(envelope, message, Infinity)
        : await deliverToGroup(group, envelope, message).catch(notKept);
      if (verdict.avoidMs > 0) routes.avoid(domain, verdict.avoidMs);
      return verdict.reply;
    },
  };
};

const notKept = (error: unknown): Verdict =>
  plainly({ code: 451, text: `4.3.0 message not kept: ${errorCode(error)}` });
