/** Brings the relay's own records into a zone by dynamic update. */
import { isWithin } from '../authority.ts';
import type { Check } from '../checks/check.ts';
import { relayChecks } from '../checks/index.ts';
import { distinctQuestions, type Question } from '../message.ts';
import { type Ask, createAsk, type Reply } from '../query.ts';
import type { RelayFacts } from '../relay-records.ts';
import type { Server } from '../transport.ts';
import { createView, type View } from '../view.ts';
import { DEFAULT_TTL } from '../zone-file.ts';
import { type Changes, planChanges, recordsAt } from './changes.ts';
import { DnsUpdateError, sendUpdate } from './send.ts';
import type { TsigKey } from './tsig.ts';

export interface PlannedUpdate extends Changes {
  readonly zone: string;
}

const ASK_MS = 10_000;

/** What it takes to bring all of the relay's records into the zone. @throws DnsUpdateError */
export const planUpdate = (server: Server, facts: RelayFacts): Promise<PlannedUpdate> => {
  const checks = relayChecks(facts);
  return lookAndPlan(server, facts.domain, questionsOf(checks), (view) => {
    const [alias] = view.at(facts.domain, 'CNAME');
    if (alias?.type === 'CNAME')
      throw new DnsUpdateError(
        `${facts.domain} is a CNAME for ${alias.target}, beside which nothing else can stand; remove it first`,
      );
    return planChanges(checks, facts, view);
  });
};

const UNKNOWN_ADDRESSES = { v4: undefined, v6: undefined };

/** What it takes to bring in only what some checks look for. @throws DnsUpdateError */
export const planPartialUpdate = (
  server: Server,
  domain: string,
  checks: readonly Check[],
): Promise<PlannedUpdate> =>
  lookAndPlan(server, domain, questionsOf(checks), (view) =>
    planChanges(checks, { domain, addresses: UNKNOWN_ADDRESSES }, view),
  );

/** What it takes to have no TXT records at a name. @throws DnsUpdateError */
export const planRemoval = (server: Server, domain: string, name: string): Promise<PlannedUpdate> =>
  lookAndPlan(server, domain, [{ name, type: 'TXT' }], (view) => ({
    remove: recordsAt(view, name, 'TXT'),
    add: [],
  }));

const questionsOf = (checks: readonly Check[]): Question[] =>
  checks.flatMap(({ questions }) => questions);

const lookAndPlan = async (
  server: Server,
  domain: string,
  questions: readonly Question[],
  plan: (view: View) => Changes,
): Promise<PlannedUpdate> => {
  const ask = createAsk(AbortSignal.timeout(ASK_MS));
  const zone = await zoneOf(server, domain, ask);
  return { zone, ...plan(await viewOf(server, questions, ask)) };
};

/** The server itself knows best which of its zones the name is in. */
const zoneOf = async (server: Server, domain: string, ask: Ask): Promise<string> => {
  const reply = await ask(server, { name: domain, type: 'SOA' }, { recursive: false });
  if (reply.kind === 'failure')
    throw new DnsUpdateError(`${server.address} does not answer (${reply.reason})`);
  const { rcode, authoritative, answers, authorities } = reply.message;
  const soa = [...answers, ...authorities].find(
    ({ name, data }) => data.type === 'SOA' && isWithin(domain, name),
  );
  if (authoritative && soa !== undefined) return soa.name;
  throw new DnsUpdateError(
    `${server.address} does not serve a zone with ${domain} in it (${rcode}); name the primary name server of the zone with --server`,
  );
};

const viewOf = async (server: Server, questions: readonly Question[], ask: Ask): Promise<View> => {
  const asked = await Promise.all(
    distinctQuestions(questions).map(async (question) => ({
      question,
      reply: await ask(server, question, { recursive: false }),
    })),
  );
  const unanswered = asked.find(({ reply }) => !isAnswer(reply));
  if (unanswered !== undefined)
    throw new DnsUpdateError(
      `${server.address} has no answer for ${unanswered.question.name} ${unanswered.question.type}, without which nothing is changed`,
    );
  return createView(server.address, asked, true);
};

const isAnswer = (reply: Reply): boolean =>
  reply.kind === 'message' && ['NOERROR', 'NXDOMAIN'].includes(reply.message.rcode);

/** @throws DnsUpdateError */
export const applyUpdate = (server: Server, update: PlannedUpdate, key: TsigKey): Promise<void> =>
  sendUpdate(server, { ...update, ttl: DEFAULT_TTL }, key);
