/** Transaction signatures (RFC 8945): who holds the key may change the zone. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { CLASS, encodeName, encodeRecord, HEADER_BYTES, uint16 } from './wire.ts';

/** Algorithm names as they stand in key files, with what node calls them (RFC 8945 section 6). */
export const ALGORITHMS = {
  'hmac-sha1': 'sha1',
  'hmac-sha224': 'sha224',
  'hmac-sha256': 'sha256',
  'hmac-sha384': 'sha384',
  'hmac-sha512': 'sha512',
} as const;

export type Algorithm = keyof typeof ALGORITHMS;

export interface TsigKey {
  /** Part of what is signed: it must be the server's name for the key. */
  readonly name: string;
  readonly algorithm: Algorithm;
  readonly secret: Buffer;
}

export interface Signed {
  readonly bytes: Buffer;
  /** Needed to verify the answer. */
  readonly mac: Buffer;
}

const TSIG = 250;
/** Seconds that the clocks may differ (RFC 8945 section 10). */
const FUDGE = 300;

const uint48 = (value: number): Buffer => {
  const bytes = Buffer.alloc(6);
  bytes.writeUIntBE(value, 0, 6);
  return bytes;
};

/** @param time seconds since 1970 */
export const sign = (message: Buffer, key: TsigKey, time: number): Signed => {
  const mac = macOf(key, [
    message,
    variables(key, { time, fudge: FUDGE, error: 0, other: Buffer.alloc(0) }),
  ]);
  const rdata = Buffer.concat([
    encodeName(key.algorithm),
    uint48(time),
    uint16(FUDGE, mac.length),
    mac,
    message.subarray(0, 2),
    uint16(0, 0),
  ]);
  const bytes = Buffer.concat([message, encodeRecord(key.name, TSIG, CLASS.ANY, 0, rdata)]);
  bytes.writeUInt16BE(bytes.readUInt16BE(10) + 1, 10);
  return { bytes, mac };
};

interface Variables {
  readonly time: number;
  readonly fudge: number;
  readonly error: number;
  readonly other: Buffer;
}

/** RFC 8945 section 4.3.3. */
const variables = (key: TsigKey, { time, fudge, error, other }: Variables): Buffer =>
  Buffer.concat([
    encodeName(key.name),
    uint16(CLASS.ANY, 0, 0),
    encodeName(key.algorithm),
    uint48(time),
    uint16(fudge, error, other.length),
    other,
  ]);

const macOf = (key: TsigKey, parts: readonly Buffer[]): Buffer =>
  createHmac(ALGORITHMS[key.algorithm], key.secret).update(Buffer.concat(parts)).digest();

/** What the signature of an answer says. */
export interface TsigVerdict {
  /** `unsigned`: there is none; `wrong`: it is not the server's, or not of this answer. */
  readonly signature: 'right' | 'wrong' | 'unsigned';
  /** TSIG's own error code (RFC 8945 section 3): 0 none, 16 BADSIG, 17 BADKEY, 18 BADTIME. */
  readonly error: number;
  /** The server's clock, with BADTIME: seconds since 1970. */
  readonly serverTime?: number;
}

/** @throws Error when the bytes are not a DNS message */
export const verify = (
  bytes: Buffer,
  key: TsigKey,
  requestMac: Buffer,
  now: number,
): TsigVerdict => {
  const record = lastRecord(bytes);
  if (record === undefined || record.type !== TSIG) return { signature: 'unsigned', error: 0 };
  const fields = readFields(bytes.subarray(record.dataAt, record.end));
  const { error, mac, other } = fields;
  const serverTime = other.length === 6 ? { serverTime: other.readUIntBE(0, 6) } : {};
  if (mac.length === 0) return { signature: 'unsigned', error, ...serverTime };
  const expected = macOf(key, [
    uint16(requestMac.length),
    requestMac,
    unsigned(bytes.subarray(0, record.start), fields.originalId),
    variables(key, fields),
  ]);
  const same = mac.length === expected.length && timingSafeEqual(mac, expected);
  const inTime = Math.abs(fields.time - now) <= fields.fudge || error !== 0;
  return { signature: same && inTime ? 'right' : 'wrong', error, ...serverTime };
};

/** The message as it was before its signature was put behind it. */
const unsigned = (bytes: Buffer, originalId: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy.writeUInt16BE(originalId, 0);
  copy.writeUInt16BE(copy.readUInt16BE(10) - 1, 10);
  return copy;
};

interface Fields extends Variables {
  readonly mac: Buffer;
  readonly originalId: number;
}

const readFields = (rdata: Buffer): Fields => {
  let at = skipName(rdata, 0);
  const time = rdata.readUIntBE(at, 6);
  const fudge = rdata.readUInt16BE(at + 6);
  const macEnd = at + 10 + rdata.readUInt16BE(at + 8);
  const mac = rdata.subarray(at + 10, macEnd);
  at = macEnd;
  const originalId = rdata.readUInt16BE(at);
  const error = rdata.readUInt16BE(at + 2);
  const other = rdata.subarray(at + 6, at + 6 + rdata.readUInt16BE(at + 4));
  return { time, fudge, mac, originalId, error, other };
};

interface RecordPlace {
  readonly type: number;
  readonly start: number;
  readonly dataAt: number;
  readonly end: number;
}

/** A signature is the last record of a message (RFC 8945 section 5.1). */
const lastRecord = (bytes: Buffer): RecordPlace | undefined => {
  const count = (index: number): number => bytes.readUInt16BE(4 + 2 * index);
  let at = HEADER_BYTES;
  for (let question = 0; question < count(0); question += 1) at = skipName(bytes, at) + 4;
  let last: RecordPlace | undefined;
  for (let record = 0; record < count(1) + count(2) + count(3); record += 1) {
    const start = at;
    const header = skipName(bytes, at);
    const dataAt = header + 10;
    at = dataAt + bytes.readUInt16BE(header + 8);
    if (at > bytes.length) throw new RangeError('a record is longer than its message');
    last = { type: bytes.readUInt16BE(header), start, dataAt, end: at };
  }
  return last;
};

const skipName = (bytes: Buffer, start: number): number => {
  let at = start;
  for (;;) {
    const length = bytes.readUInt8(at);
    if (length >= 0xc0) return at + 2;
    at += 1 + length;
    if (length === 0) return at;
  }
};
