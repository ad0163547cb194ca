/** What is to be said of the servers themselves rather than of single records. Pure. */
import type { Finding } from './finding.ts';
import type { RecordData } from './records.ts';
import type { ServerView, Survey } from './survey.ts';
import type { View } from './view.ts';

export const serverFindings = (survey: Survey): Finding[] => [
  ...delegationFindings(survey),
  ...survey.authoritative.flatMap((server) => lameness(server, survey)),
  ...complaints(survey),
  ...serialFindings(survey),
  ...nameServerFindings(survey),
  ...dnssecFindings(survey),
  ...wildcardFindings(survey),
  ...reverseFindings(survey),
];

/** Neither the zone nor its servers can be found. */
const delegationFindings = ({ authority, authoritative, resolver }: Survey): Finding[] => {
  if (resolver === undefined)
    return [
      {
        code: 'no-resolver',
        level: 'required',
        impact: 'unknown',
        what: 'none of the resolvers of this machine answers, so that nothing can be looked up',
        fix: 'Look at the network of this machine, or name another resolver with --resolver ADDRESS',
      },
    ];
  if (authority.zone === undefined)
    return [
      {
        code: 'no-zone',
        level: 'required',
        impact: 'now',
        what: 'no zone is found that the domain could be in: it is not registered, not delegated, or its name servers fail',
        fix: 'Register the domain, and enter its name servers at the registrar',
      },
    ];
  const unresolved: Finding[] = authority.unresolved.map((name) => ({
    code: 'name-server-without-address',
    level: authoritative.length === 0 ? 'required' : 'recommended',
    impact: authoritative.length === 0 ? 'now' : 'later',
    what: `the name server ${name} of ${authority.zone} has no address`,
    fix: `Correct the NS records of ${authority.zone}, here and at its registrar`,
  }));
  return unresolved;
};

const isSilent = ({ view }: ServerView): boolean => view.troubles.length === view.asked;

/** The one complaint of a server that has no answer to anything. */
const lameness = (
  server: ServerView,
  { authoritative, resolver, authority }: Survey,
): Finding[] => {
  if (!isSilent(server)) return [];
  const [trouble] = server.view.troubles.map((item) => item.trouble);
  const { who } = server.view;
  if (trouble === 'cannot be reached from here')
    return [
      { code: 'unreachable-server', level: 'info', impact: 'never', what: `${who} ${trouble}` },
    ];
  const all = authoritative.every(isSilent);
  // A network that lets DNS through only to its own resolver looks like this.
  const blocked =
    all && trouble === 'does not answer' && resolver !== undefined && hasData(resolver);
  if (blocked)
    return [
      {
        code: 'silent-server',
        level: 'info',
        impact: 'never',
        what: `${who} does not answer us, but the resolver knows the zone: this network may not let us ask it`,
      },
    ];
  return [
    {
      code: 'lame-server',
      level: all ? 'required' : 'recommended',
      impact: all ? 'now' : 'later',
      what: `${who} ${trouble}${all ? '' : ': whoever asks it waits, or gets no mail through'}`,
      fix: `Repair it, or take ${server.server.name} out of the NS records of ${authority.zone}, here and at its registrar`,
    },
  ];
};

const hasData = (view: View): boolean => view.troubles.length < view.asked;

/** Single questions that a server otherwise in order has no answer to. */
const complaints = ({ authoritative }: Survey): Finding[] =>
  authoritative
    .filter((server) => !isSilent(server) && server.view.troubles.length > 0)
    .map(({ view }) => {
      const [first] = view.troubles;
      const topics = view.troubles.map(({ question }) => `${question.name} ${question.type}`);
      return {
        code: 'failing-questions',
        level: 'recommended',
        impact: 'later',
        what: `${view.who} ${first?.trouble} when asked for ${shortList(topics)}`,
        fix: 'Repair that server, or ask whoever runs it',
      };
    });

const shortList = (items: readonly string[]): string =>
  items.length <= 3
    ? items.join(', ')
    : `${items.slice(0, 3).join(', ')} and ${items.length - 3} more`;

/** Different serials are normal for a moment, while secondary servers fetch the zone. */
const serialFindings = ({ authority, authoritative }: Survey): Finding[] => {
  const serials = new Map<number, string[]>();
  for (const { view } of authoritative) {
    const found = view.lookup(authority.zone ?? '', 'SOA');
    const soa = found.kind === 'records' ? found.data.find(isSoa) : undefined;
    if (soa !== undefined) serials.set(soa.serial, [...(serials.get(soa.serial) ?? []), view.who]);
  }
  if (serials.size < 2) return [];
  const list = [...serials].map(([serial, servers]) => `${serial} on ${servers.join(', ')}`);
  return [
    {
      code: 'serials-differ',
      level: 'info',
      impact: 'later',
      what: `the servers have different versions of ${authority.zone}: ${list.join('; ')}`,
      fix: 'If it stays so for more than an hour, the secondary servers do not follow the primary one',
    },
  ];
};

/** What the registrar was told, and what the zone says of itself. */
const nameServerFindings = ({ authority, authoritative }: Survey): Finding[] => {
  const { zone = '', delegated } = authority;
  const listed = authoritative.flatMap(({ view }) =>
    view.at(zone, 'NS').flatMap((data) => (data.type === 'NS' ? [data.target] : [])),
  );
  if (delegated === undefined || listed.length === 0) return [];
  const unlisted = delegated.filter((name) => !listed.includes(name));
  const unknown = [...new Set(listed)].filter((name) => !delegated.includes(name));
  const what = (names: readonly string[], text: string): string[] =>
    names.length === 0 ? [] : [`${names.join(', ')} ${text}`];
  return [
    ...what(unlisted, `is a name server of ${zone} by the zone above, but not by the zone itself`),
    ...what(unknown, `is a name server of ${zone} by the zone itself, but not by the zone above`),
  ].map((sentence) => ({
    code: 'delegation-differs',
    level: 'info',
    impact: 'later',
    what: sentence,
    fix: `Make the NS records of ${zone} and those at its registrar the same`,
  }));
};

const isSoa = (data: RecordData): data is Extract<RecordData, { readonly type: 'SOA' }> =>
  data.type === 'SOA';

const dnssecFindings = ({ bogus, resolver, authority }: Survey): Finding[] =>
  bogus.length === 0
    ? []
    : [
        {
          code: 'dnssec',
          level: 'required',
          impact: 'now',
          what: `DNSSEC validation of ${authority.zone ?? 'the zone'} fails: ${resolver?.who ?? 'the resolver'} answers SERVFAIL for ${shortList(bogus.map(({ name, type }) => `${name} ${type}`))}, and only without validation anything else`,
          fix: 'Sign the zone anew, or take its DS record out at the registrar; most resolvers refuse the zone until then',
        },
      ];

/** Names that nobody made exist: what seems to be there may be an accident. */
const wildcardFindings = ({ authoritative, resolver, probe }: Survey): Finding[] => {
  const views = [...authoritative.map(({ view }) => view), ...(resolver ? [resolver] : [])];
  const types = (['A', 'TXT'] as const).filter((type) =>
    views.some((view) => view.lookup(probe, type).kind === 'records'),
  );
  if (types.length === 0) return [];
  const domain = probe.slice(probe.indexOf('.') + 1);
  return [
    {
      code: 'wildcard',
      level: 'info',
      impact: 'never',
      what: `a wildcard gives every name below ${domain} ${types.join(' and ')} records: names that were never made look as if they were there`,
    },
  ];
};

const reverseFindings = ({ reverse }: Survey): Finding[] =>
  [...reverse].map(([address, names]) => ({
    code: 'reverse',
    level: 'info',
    impact: 'never',
    what:
      names.length === 0
        ? `${address} has no reverse name; chatmail relays do not ask for one, other mail servers may`
        : `${address} has the reverse name ${names.join(', ')}`,
  }));
