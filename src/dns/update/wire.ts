/** Dynamic updates on the wire (RFC 2136), uncompressed: what dns-packet has no words for. */
import { ipv6Bytes } from '../ip.ts';
import { chunks, type RelayRecordData } from '../records.ts';

const TYPES = { A: 1, CNAME: 5, SOA: 6, MX: 15, TXT: 16, AAAA: 28, SRV: 33, CAA: 257 } as const;

/** `NONE` in an update: take out exactly this record (RFC 2136 section 2.5.4). */
export const CLASS = { IN: 1, NONE: 254, ANY: 255 } as const;

const OPCODE_UPDATE = 5 << 11;
export const HEADER_BYTES = 12;

export const uint16 = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(2 * values.length);
  values.forEach((value, index) => {
    bytes.writeUInt16BE(value, 2 * index);
  });
  return bytes;
};

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** In lower case, which is also the canonical form for signatures (RFC 4034 section 6.2). */
export const encodeName = (name: string): Buffer => {
  const labels = name.toLowerCase().replace(/\.$/, '').split('.').filter(Boolean);
  const parts = labels.map((label) =>
    Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')]),
  );
  return Buffer.concat([...parts, Buffer.from([0])]);
};

export const encodeRecord = (
  name: string,
  type: number,
  recordClass: number,
  ttl: number,
  rdata: Buffer,
): Buffer =>
  Buffer.concat([
    encodeName(name),
    uint16(type, recordClass),
    uint32(ttl),
    uint16(rdata.length),
    rdata,
  ]);

const encodeData = (data: RelayRecordData): Buffer => {
  switch (data.type) {
    case 'A':
      return Buffer.from(data.address.split('.').map(Number));
    case 'AAAA':
      return ipv6Bytes(data.address);
    case 'CNAME':
      return encodeName(data.target);
    case 'MX':
      return Buffer.concat([uint16(data.preference), encodeName(data.exchange)]);
    case 'TXT':
      return Buffer.concat((data.strings ?? chunks(data.text)).map(characterString));
    case 'SRV':
      return Buffer.concat([
        uint16(data.priority, data.weight, data.port),
        encodeName(data.target),
      ]);
    case 'CAA':
      return Buffer.concat([
        Buffer.from([data.flags]),
        characterString(data.tag),
        Buffer.from(data.value, 'utf8'),
      ]);
  }
};

const characterString = (text: string): Buffer => {
  const bytes = Buffer.from(text, 'latin1');
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
};

/** A record to put in or to take out. */
export interface RecordEdit {
  readonly name: string;
  readonly data: RelayRecordData;
}

export interface ZoneUpdate {
  readonly zone: string;
  /** Taken out before the others are put in. */
  readonly remove: readonly RecordEdit[];
  readonly add: readonly RecordEdit[];
  /** Of what is put in; seconds. */
  readonly ttl: number;
}

/** An update message without signature (RFC 2136 section 2). */
export const encodeUpdate = (id: number, { zone, remove, add, ttl }: ZoneUpdate): Buffer => {
  const edits = [
    ...remove.map(({ name, data }) =>
      encodeRecord(name, TYPES[data.type], CLASS.NONE, 0, encodeData(data)),
    ),
    ...add.map(({ name, data }) =>
      encodeRecord(name, TYPES[data.type], CLASS.IN, ttl, encodeData(data)),
    ),
  ];
  return Buffer.concat([
    uint16(id, OPCODE_UPDATE, 1, 0, edits.length, 0),
    encodeName(zone),
    uint16(TYPES.SOA, CLASS.IN),
    ...edits,
  ]);
};
