/** The records as a master file (RFC 1035 section 5), which BIND, knot and most web forms import. */
import { chunks, type RelayRecordData, type WantedRecord } from './records.ts';

/** Seconds: short enough to correct a mistake before the evening is over. */
export const DEFAULT_TTL = 3600;

/** Names are absolute, so that the text means the same wherever it is included. */
export const zoneFile = (domain: string, records: readonly WantedRecord[]): string => {
  const line = ({ name, data }: WantedRecord): string => `${name}. IN ${data.type} ${rdata(data)}`;
  const group = (title: string, level: WantedRecord['level']): string[] => [
    `; ${title}`,
    ...records.filter((record) => record.level === level).map(line),
  ];
  return [
    `; DNS records of the chatmail relay ${domain}`,
    `$TTL ${DEFAULT_TTL}`,
    ...group('required', 'required'),
    ...group('recommended', 'recommended'),
    '',
  ].join('\n');
};

const rdata = (data: RelayRecordData): string => {
  switch (data.type) {
    case 'A':
    case 'AAAA':
      return data.address;
    case 'CNAME':
      return `${data.target}.`;
    case 'MX':
      return `${data.preference} ${data.exchange}.`;
    case 'SRV':
      return `${data.priority} ${data.weight} ${data.port} ${data.target}.`;
    case 'CAA':
      return `${data.flags} ${data.tag} ${quoted(data.value)}`;
    case 'TXT':
      return characterStrings(data.text);
  }
};

/** A text as quoted strings of at most 255 bytes (RFC 1035 section 3.3.14). */
export const characterStrings = (text: string): string => chunks(text).map(quoted).join(' ');

const quoted = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&')}"`;
