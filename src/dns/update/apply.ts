/** Brings the relay's own records into a zone by dynamic update. */
import { isWithin } from '../authority.ts';
import { relayChecks } from '../checks/index.ts';
import { distinctQuestions, type Question } from '../message.ts';
import { type Ask, createAsk, type Reply } from '../query.ts';
import type { RelayFacts } from '../relay-records.ts';
import type { Server } from '../transport.ts';
import { createView, type View } from '../view.ts';
import { DEFAULT_TTL } from '../zone-file.ts';
import { type Changes, planChanges } from './changes.ts';
import { DnsUpdateError, sendUpdate } from './send.ts';
import type { TsigKey } from './tsig.ts';

export interface PlannedUpdate extends Changes {
  readonly zone: string;
}

const ASK_MS = 10_000;

/** Looks at the zone on the server that will be changed. @throws DnsUpdateError */
export const planUpdate = async (server: Server, facts: RelayFacts): Promise<PlannedUpdate> => {
  const ask = createAsk(AbortSignal.timeout(ASK_MS));
  const zone = await zoneOf(server, facts.domain, ask);
  const checks = relayChecks(facts);
  const view = await viewOf(
    server,
    checks.flatMap(({ questions }) => questions),
    ask,
  );
  const [alias] = view.at(facts.domain, 'CNAME');
  if (alias?.type === 'CNAME')
    throw new DnsUpdateError(
      `${facts.domain} is a CNAME for ${alias.target}, beside which nothing else can stand; remove it first`,
    );
  return { zone, ...planChanges(checks, facts, view) };
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
