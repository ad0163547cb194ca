/** Queries and answers on the wire, in our own terms; dns-packet knows the format (RFC 1035). */
import * as dnsPacket from 'dns-packet';
import { canonicalName, chunks, type RecordData, type RecordType } from './records.ts';

export interface Question {
  readonly name: string;
  readonly type: RecordType;
}

/** Each question once. */
export const distinctQuestions = (questions: readonly Question[]): Question[] => [
  ...new Map(
    questions.map(({ name, type }) => [
      `${canonicalName(name)} ${type}`,
      { name: canonicalName(name), type },
    ]),
  ).values(),
];

export interface QueryFlags {
  /** Ask a resolver to find out; an authoritative server is asked without. */
  readonly recursive: boolean;
  /** Have the answer even if DNSSEC says that it is forged (RFC 4035 section 3.2.2). */
  readonly unvalidated?: boolean;
  /** Leave EDNS out: some old servers refuse it (RFC 6891 section 7). */
  readonly plain?: boolean;
}

export interface ResourceRecord {
  readonly name: string;
  readonly ttl: number;
  readonly data: RecordData;
}

export interface Message {
  /** `NOERROR`, `NXDOMAIN`, `REFUSED` ... (RFC 6895 section 2.3). */
  readonly rcode: string;
  readonly authoritative: boolean;
  readonly truncated: boolean;
  /** Records of types that we do not know are left out. */
  readonly answers: readonly ResourceRecord[];
  readonly authorities: readonly ResourceRecord[];
  readonly additionals: readonly ResourceRecord[];
}

/** What arrives unfragmented everywhere (DNS Flag Day 2020). */
const UDP_PAYLOAD_BYTES = 1232;

export const encodeQuery = (id: number, question: Question, flags: QueryFlags): Buffer =>
  dnsPacket.encode({
    type: 'query',
    id,
    flags:
      (flags.recursive ? dnsPacket.RECURSION_DESIRED : 0) |
      (flags.unvalidated ? dnsPacket.CHECKING_DISABLED : 0),
    questions: [{ name: question.name, type: question.type, class: 'IN' }],
    additionals: flags.plain ? [] : [EDNS],
  });

const EDNS: dnsPacket.OptAnswer = {
  type: 'OPT',
  name: '.',
  udpPayloadSize: UDP_PAYLOAD_BYTES,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: 0,
  flag_do: false,
  options: [],
};

/** Whether bytes claim to answer this very query (RFC 5452 section 9.1). Forgeries rarely do. */
export const answersTo = (bytes: Buffer, id: number, { name, type }: Question): boolean => {
  if (bytes.length < HEADER_BYTES || bytes.readUInt16BE(0) !== id) return false;
  if ((bytes.readUInt8(2) & RESPONSE_BIT) === 0) return false;
  // Servers that cannot read a query may leave the question out of their complaint.
  if (bytes.readUInt16BE(4) === 0) return (bytes.readUInt8(3) & RCODE_BITS) !== 0;
  try {
    const [asked] = dnsPacket.decode(firstQuestion(bytes)).questions ?? [];
    return asked?.type === type && canonicalName(asked.name) === canonicalName(name);
  } catch {
    return false;
  }
};

const HEADER_BYTES = 12;
const RESPONSE_BIT = 0x80;
const RCODE_BITS = 0x0f;

/** A message with one question and nothing else, so that a broken rest does not matter. */
const firstQuestion = (bytes: Buffer): Buffer => {
  const copy = Buffer.from(bytes);
  copy.writeUInt16BE(1, 4);
  copy.fill(0, 6, HEADER_BYTES);
  return copy;
};

/** @throws Error when the bytes are not a DNS message */
export const decodeMessage = (bytes: Buffer): Message => {
  const packet = dnsPacket.decode(bytes);
  return {
    rcode: 'rcode' in packet ? String(packet.rcode) : 'NOERROR',
    authoritative: packet.flag_aa,
    truncated: packet.flag_tc,
    answers: knownRecords(packet.answers),
    authorities: knownRecords(packet.authorities),
    additionals: knownRecords(packet.additionals),
  };
};

const knownRecords = (answers: readonly dnsPacket.Answer[] = []): ResourceRecord[] =>
  answers.flatMap((answer) => {
    const data = knownData(answer);
    if (data === undefined || answer.type === 'OPT') return [];
    return [{ name: canonicalName(answer.name), ttl: answer.ttl ?? 0, data }];
  });

const knownData = (answer: dnsPacket.Answer): RecordData | undefined => {
  switch (answer.type) {
    case 'A':
    case 'AAAA':
      return { type: answer.type, address: answer.data };
    case 'CNAME':
      return { type: 'CNAME', target: targetName(answer.data) };
    case 'NS':
    case 'PTR':
      return { type: answer.type, target: targetName(answer.data) };
    case 'MX': {
      const { preference = 0, exchange } = answer.data;
      return { type: 'MX', preference, exchange: targetName(exchange) };
    }
    case 'TXT':
      return textData(answer.data);
    case 'SRV': {
      const { priority = 0, weight = 0, port, target } = answer.data;
      return { type: 'SRV', priority, weight, port, target: targetName(target) };
    }
    case 'CAA': {
      const { flags = 0, tag, value } = answer.data;
      return { type: 'CAA', flags, tag: tag.toLowerCase(), value };
    }
    case 'SOA':
      return {
        type: 'SOA',
        primary: targetName(answer.data.mname),
        serial: answer.data.serial ?? 0,
      };
    default:
      return undefined;
  }
};

/** The root, dns-packet's `.`, becomes an empty name. */
const targetName = (name: string): string => canonicalName(name);

const textData = (data: dnsPacket.TxtData): RecordData => {
  const strings = [data].flat().map((part) => Buffer.from(part).toString('latin1'));
  const text = strings.join('');
  const usual = chunks(text);
  const same = usual.length === strings.length && usual.every((part, at) => part === strings[at]);
  return same ? { type: 'TXT', text } : { type: 'TXT', text, strings };
};
