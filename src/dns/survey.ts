/** Asks everyone who serves a relay's zone, all at once and within a deadline. The only I/O of a check. */
import { randomBytes } from 'node:crypto';
import { type Authority, findAuthority, type NameServer } from './authority.ts';
import { reverseName } from './ip.ts';
import { distinctQuestions, type Question } from './message.ts';
import { type Ask, createAsk, type Reply } from './query.ts';
import type { Server } from './transport.ts';
import { type Asked, createView, type View } from './view.ts';

export interface SurveyOptions {
  readonly domain: string;
  readonly questions: readonly Question[];
  /** The relay's addresses, for their reverse names. */
  readonly addresses: readonly string[];
  /** In the order in which they are asked; the next one only when one has no answer at all. */
  readonly resolvers: readonly Server[];
  /** Resolvers that many people use: their view is worth a note where they can be reached. */
  readonly publicResolvers: readonly Server[];
  /** Port of authoritative servers: 53, but in tests. */
  readonly port: number;
  /** Milliseconds after which all that has no answer yet counts as silent. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface ServerView {
  readonly server: NameServer;
  readonly view: View;
}

export interface Survey {
  readonly authority: Authority;
  readonly authoritative: readonly ServerView[];
  /** The first resolver that answers at all; undefined when none does. */
  readonly resolver: View | undefined;
  /** Those that answer at all. */
  readonly publicResolvers: readonly View[];
  /** Questions that the resolver answers only without DNSSEC validation. */
  readonly bogus: readonly Question[];
  /** A name that nobody made: what exists there exists everywhere. */
  readonly probe: string;
  /** Names by address. */
  readonly reverse: ReadonlyMap<string, readonly string[]>;
}

export const survey = async (options: SurveyOptions): Promise<Survey> => {
  const deadline = new AbortController();
  const giveUp = (): void => deadline.abort();
  const timer = setTimeout(giveUp, options.deadlineMs);
  options.signal?.addEventListener('abort', giveUp);
  try {
    return await askEveryone(options, createAsk(deadline.signal));
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', giveUp);
    deadline.abort();
  }
};

const askEveryone = async (options: SurveyOptions, ask: Ask): Promise<Survey> => {
  const probe = `cmdeploy-${randomBytes(6).toString('hex')}.${options.domain}`;
  const questions = distinctQuestions([
    ...options.questions,
    { name: probe, type: 'A' },
    { name: probe, type: 'TXT' },
  ]);
  const resolver = await firstAnswering(options, ask);
  const [sources, viaResolver, publicResolvers, reverse] = await Promise.all([
    askAuthority(options, questions, resolver, ask),
    resolver === undefined ? undefined : askResolver(resolver, questions, ask),
    askPublic(options.publicResolvers, questions, ask),
    reverseNames(options.addresses, resolver, ask),
  ]);
  const { view, bogus = [] } = viaResolver ?? {};
  return { ...sources, resolver: view, bogus, publicResolvers, reverse, probe };
};

/** A resolver that gives any answer, even a complaint, is there. */
const firstAnswering = async (
  { resolvers, domain }: SurveyOptions,
  ask: Ask,
): Promise<Server | undefined> => {
  for (const server of resolvers) {
    const reply = await ask(server, { name: domain, type: 'NS' }, { recursive: true });
    if (reply.kind === 'message') return server;
  }
  return undefined;
};

const silent: Reply = { kind: 'failure', reason: 'timeout' };

const askAuthority = async (
  { domain, port }: SurveyOptions,
  questions: readonly Question[],
  resolver: Server | undefined,
  ask: Ask,
): Promise<Pick<Survey, 'authority' | 'authoritative'>> => {
  const authority = await findAuthority(domain, {
    askResolver: async (question) =>
      // Also what fails validation: the servers themselves are asked anyway.
      resolver === undefined
        ? silent
        : ask(resolver, question, { recursive: true, unvalidated: true }),
    askServer: (server, question) => ask(server, question, { recursive: false }),
    port,
  });
  const zone = authority.zone ?? domain;
  const all: Question[] = [...questions, { name: zone, type: 'SOA' }, { name: zone, type: 'NS' }];
  const authoritative = await Promise.all(
    authority.servers.map(async (server) => {
      const asked = await askAll(server, all, ask, false);
      return { server, view: createView(`${server.name} (${server.address})`, asked, true) };
    }),
  );
  return { authority, authoritative };
};

const askAll = (
  server: Server,
  questions: readonly Question[],
  ask: Ask,
  recursive: boolean,
): Promise<Asked[]> =>
  Promise.all(
    questions.map(async (question) => ({
      question,
      reply: await ask(server, question, { recursive }),
    })),
  );

const askResolver = async (
  server: Server,
  questions: readonly Question[],
  ask: Ask,
): Promise<{ readonly view: View; readonly bogus: readonly Question[] }> => {
  const asked = await askAll(server, questions, ask, true);
  const failed = asked.filter(({ reply }) => hasRcode(reply, 'SERVFAIL'));
  const again = await Promise.all(
    failed.map(async ({ question }) => ({
      question,
      reply: await ask(server, question, { recursive: true, unvalidated: true }),
    })),
  );
  const bogus = again.filter(({ reply }) => hasRcode(reply, 'NOERROR'));
  return {
    view: createView(resolverName(server), asked, false),
    bogus: bogus.map(({ question }) => question),
  };
};

const resolverName = ({ address }: Server): string => `the resolver ${address}`;

const hasRcode = (reply: Reply, rcode: string): boolean =>
  reply.kind === 'message' && reply.message.rcode === rcode;

/** One question first: where they cannot be reached, nobody waits for all the others. */
const askPublic = async (
  servers: readonly Server[],
  questions: readonly Question[],
  ask: Ask,
): Promise<View[]> => {
  const views = await Promise.all(
    servers.map(async (server) => {
      const [first] = questions;
      if (first === undefined) return undefined;
      const reply = await ask(server, first, { recursive: true });
      if (reply.kind === 'failure') return undefined;
      return createView(resolverName(server), await askAll(server, questions, ask, true), false);
    }),
  );
  return views.filter((view) => view !== undefined);
};

const reverseNames = async (
  addresses: readonly string[],
  resolver: Server | undefined,
  ask: Ask,
): Promise<Map<string, readonly string[]>> => {
  if (resolver === undefined) return new Map();
  const entries = await Promise.all(
    addresses.map(async (address) => {
      const question = { name: reverseName(address), type: 'PTR' } as const;
      const reply = await ask(resolver, question, { recursive: true });
      if (!hasRcode(reply, 'NOERROR') && !hasRcode(reply, 'NXDOMAIN')) return undefined;
      const answers = reply.kind === 'message' ? reply.message.answers : [];
      const names = answers.flatMap(({ data }) => (data.type === 'PTR' ? [data.target] : []));
      return [address, names] as const;
    }),
  );
  return new Map(entries.filter((entry) => entry !== undefined));
};
