/** Resource records as far as a relay has to do with them. Names are ASCII, lower case, without the final dot. */

/**
 * What a record says. TXT is one text, a character for each byte, whatever strings it came in (RFC
 * 1035 section 3.3.14); `strings` has them when they are not cut every 255 bytes.
 */
export type RecordData =
  | { readonly type: 'A' | 'AAAA'; readonly address: string }
  | { readonly type: 'CNAME'; readonly target: string }
  | { readonly type: 'NS' | 'PTR'; readonly target: string }
  | { readonly type: 'MX'; readonly preference: number; readonly exchange: string }
  | { readonly type: 'TXT'; readonly text: string; readonly strings?: readonly string[] }
  | {
      readonly type: 'SRV';
      readonly priority: number;
      readonly weight: number;
      readonly port: number;
      readonly target: string;
    }
  | { readonly type: 'CAA'; readonly flags: number; readonly tag: string; readonly value: string }
  | { readonly type: 'SOA'; readonly primary: string; readonly serial: number };

export type RecordType = RecordData['type'];

/** The types that the records of a relay have. */
export type RelayRecordType = Exclude<RecordType, 'NS' | 'PTR' | 'SOA'>;
export type RelayRecordData = Extract<RecordData, { readonly type: RelayRecordType }>;

/** Without it, mail or logins fail; or something is weaker than it could be. */
export type Level = 'required' | 'recommended';

/** A record that the relay's zone should have. */
export interface WantedRecord {
  readonly name: string;
  readonly data: RelayRecordData;
  readonly level: Level;
  /** What it is for, in a few words. */
  readonly purpose: string;
}

/** A text in pieces of at most 255 bytes. */
export const chunks = (text: string): string[] => text.match(/[\s\S]{1,255}/g) ?? [''];

/** In the form DNS is compared in: lower case, no final dot (RFC 4343). */
export const canonicalName = (name: string): string => name.toLowerCase().replace(/\.$/, '');

/** `A 192.0.2.1`'s second half, for people and web forms: no quotes, no chunks, no final dots. */
export const presentation = (data: RecordData): string => {
  switch (data.type) {
    case 'A':
    case 'AAAA':
      return data.address;
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return data.target;
    case 'MX':
      return `${data.preference} ${data.exchange || '.'}`;
    case 'TXT':
      return data.text;
    case 'SRV':
      return `${data.priority} ${data.weight} ${data.port} ${data.target || '.'}`;
    case 'CAA':
      return `${data.flags} ${data.tag} "${data.value}"`;
    case 'SOA':
      return `${data.primary} ${data.serial}`;
  }
};
