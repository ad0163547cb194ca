/** The zone as one server shows it. Pure: replies in, lookups out. */
import type { Question, ResourceRecord } from './message.ts';
import type { Reply } from './query.ts';
import { canonicalName, type RecordData, type RecordType } from './records.ts';

/** Why a server has no answer, in words that follow its name: `does not answer`. */
export type Trouble = string;

/** What a view says to a question; `alias` is where a CNAME at the name leads to. */
export type Lookup =
  | { readonly kind: 'records'; readonly data: readonly RecordData[]; readonly alias?: string }
  | { readonly kind: 'none'; readonly alias?: string }
  /** The name is a CNAME for one that this server knows nothing of. */
  | { readonly kind: 'elsewhere'; readonly alias: string }
  | { readonly kind: 'loop'; readonly chain: readonly string[] }
  | { readonly kind: 'failed'; readonly trouble: Trouble };

export interface View {
  /** `ns1.example.org (192.0.2.1)`, for messages. */
  readonly who: string;
  readonly lookup: (name: string, type: RecordType) => Lookup;
  /** The records of exactly this name, no CNAME followed. */
  readonly at: (name: string, type: RecordType) => readonly RecordData[];
  /** Seconds for which what was seen at a name may be cached. */
  readonly ttl: (name: string, type: RecordType) => number | undefined;
  /** Of the questions that were asked, those without an answer. */
  readonly troubles: readonly { readonly question: Question; readonly trouble: Trouble }[];
  readonly asked: number;
}

export interface Asked {
  readonly question: Question;
  readonly reply: Reply;
}

/** @param authoritative the server must know by itself; what it only passes on does not count */
export const createView = (who: string, asked: readonly Asked[], authoritative: boolean): View => {
  const records = new Map<string, ResourceRecord[]>();
  const aliases = new Map<string, string>();
  const troubles = new Map<string, { question: Question; trouble: Trouble }>();
  const answered = new Set<string>();
  for (const { question, reply } of asked) {
    const key = keyOf(question.name, question.type);
    const trouble = troubleOf(reply, authoritative);
    if (trouble !== undefined) troubles.set(key, { question, trouble });
    else if (reply.kind === 'message') {
      learn(reply.message.answers, key, records, aliases, answered);
      answered.add(key);
    }
  }
  const lookup = (name: string, type: RecordType): Lookup => {
    const failed = troubles.get(keyOf(name, type));
    if (failed !== undefined) return { kind: 'failed', trouble: failed.trouble };
    const chain = follow(name, aliases);
    const last = chain.at(-1) ?? name;
    if (chain.indexOf(last) !== chain.length - 1) return { kind: 'loop', chain };
    const alias = chain.length > 1 ? { alias: last } : {};
    const found = records.get(keyOf(last, type));
    if (found !== undefined)
      return { kind: 'records', data: found.map(({ data }) => data), ...alias };
    const known = chain.length === 1 || answered.has(keyOf(last, type));
    return known || !authoritative
      ? { kind: 'none', ...alias }
      : { kind: 'elsewhere', alias: last };
  };
  const at = (name: string, type: RecordType): RecordData[] =>
    (records.get(keyOf(name, type)) ?? []).map(({ data }) => data);
  const ttl = (name: string, type: RecordType): number | undefined =>
    records.get(keyOf(name, type))?.[0]?.ttl;
  return { who, lookup, at, ttl, troubles: [...troubles.values()], asked: asked.length };
};

const keyOf = (name: string, type: RecordType): string => `${canonicalName(name)} ${type}`;

/** What came along with the answer to another question does not replace an answer to this one. */
const learn = (
  answers: readonly ResourceRecord[],
  asked: string,
  records: Map<string, ResourceRecord[]>,
  aliases: Map<string, string>,
  answered: ReadonlySet<string>,
): void => {
  const fresh = new Map<string, ResourceRecord[]>();
  for (const answer of answers) {
    if (answer.data.type === 'CNAME') aliases.set(answer.name, answer.data.target);
    const key = keyOf(answer.name, answer.data.type);
    const list = fresh.get(key);
    if (list === undefined) fresh.set(key, [answer]);
    else list.push(answer);
  }
  for (const [key, list] of fresh) if (key === asked || !answered.has(key)) records.set(key, list);
};

/** The names from `name` along its CNAMEs; in a loop the last one is there twice. */
const follow = (name: string, aliases: ReadonlyMap<string, string>): string[] => {
  const chain = [canonicalName(name)];
  for (;;) {
    const target = aliases.get(chain.at(-1) ?? '');
    if (target === undefined) return chain;
    const again = chain.includes(target);
    chain.push(target);
    if (again) return chain;
  }
};

const troubleOf = (reply: Reply, authoritative: boolean): Trouble | undefined => {
  if (reply.kind === 'failure') return SILENCES[reply.reason];
  const { rcode, authoritative: knows, truncated } = reply.message;
  if (rcode !== 'NOERROR' && rcode !== 'NXDOMAIN') return `answers ${rcode}`;
  if (truncated) return 'cuts its answer off even over TCP';
  if (authoritative && !knows) return 'does not serve the zone (its answer is not authoritative)';
  return undefined;
};

const SILENCES: Readonly<Record<(Reply & { kind: 'failure' })['reason'], string>> = {
  timeout: 'does not answer',
  'refused-connection': 'has no DNS server running (connection refused)',
  unreachable: 'cannot be reached from here',
  'cut-off': 'ends the connection without an answer',
  unreadable: 'answers something that is not DNS',
};
