/** All checks of a relay's records. Pure. */
import { DKIM_SELECTOR } from '../../relay/paths.ts';
import type { WantedRecord } from '../records.ts';
import { dkimName, type RelayFacts, relayRecords } from '../relay-records.ts';
import { addressChecks, aliasCheck, apexCheck } from './address.ts';
import { caaCheck } from './caa.ts';
import type { Check } from './check.ts';
import { anyDkimCheck, dkimCheck, expiredDkimCheck } from './dkim.ts';
import { mxCheck, srvCheck } from './mail.ts';
import { adspCheck, dmarcCheck, mtaStsCheck, noMtaStsCheck, spfCheck } from './policy.ts';

export const relayChecks = (facts: RelayFacts): Check[] => {
  const records = relayRecords(facts);
  const { domain } = facts;
  return [
    apexCheck(facts),
    ...addressChecks(facts, records),
    ...records.flatMap((record) => checkOf(record, facts)),
    ...(facts.dkim === undefined ? [anyDkimCheck(dkimName(domain, DKIM_SELECTOR))] : []),
    ...(facts.expiredDkim ?? []).map(({ selector }) =>
      expiredDkimCheck(dkimName(domain, selector)),
    ),
    ...(facts.mtaStsId === undefined ? [noMtaStsCheck(domain)] : []),
  ];
};

const checkOf = (record: WantedRecord, facts: RelayFacts): Check[] => {
  const { data } = record;
  const { domain, authority } = facts;
  switch (data.type) {
    case 'A':
    case 'AAAA':
      return [];
    case 'MX':
      return [mxCheck(domain, record)];
    case 'SRV':
      return [srvCheck(record)];
    case 'CAA':
      return authority === undefined ? [] : [caaCheck(domain, record, authority)];
    case 'CNAME':
      // Names that an authority certifies are needed for the next renewal at the latest.
      return [aliasCheck(facts, record, record.level === 'required' ? 'later' : 'never')];
    case 'TXT':
      return [textCheck(record, facts)];
  }
};

const textCheck = (record: WantedRecord, facts: RelayFacts): Check => {
  const { domain } = facts;
  if (record.name === domain) return spfCheck(facts, record);
  if (record.name === `_dmarc.${domain}`) return dmarcCheck(record);
  if (record.name === `_mta-sts.${domain}`) return mtaStsCheck(record);
  return record.name === `_adsp._domainkey.${domain}` ? adspCheck(record) : dkimCheck(record);
};
