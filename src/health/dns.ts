/** A check of the zone in a form that fits a look at the whole relay. */
import type { Report } from '../dns/report.ts';
import type { DnsFact } from './facts.ts';

/** Findings that are kept; there is `cmdeploy dns` for the rest. */
const KEPT = 20;

export const summariseDns = ({ zone, servers, records, findings }: Report): DnsFact => ({
  state: 'asked',
  ...(zone === undefined ? {} : { zone }),
  servers: servers.length,
  records: records.length,
  right: records.filter(({ state }) => state === 'fine' || state === 'spreading').length,
  findings: findings
    .flatMap(({ code, level, impact, what }) =>
      level === 'info' ? [] : [{ code, level, impact, what }],
    )
    .slice(0, KEPT),
});

const nothing = { servers: 0, records: 0, right: 0, findings: [] };

export const NO_ZONE: DnsFact = { state: 'none', ...nothing };
export const DNS_LATE: DnsFact = { state: 'late', ...nothing };
