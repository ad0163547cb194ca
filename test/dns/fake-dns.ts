/** DNS servers that behave as badly as a test wants, on loopback addresses that share one port. */
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Socket, type Server as TcpServer } from 'node:net';
import * as dnsPacket from 'dns-packet';
import type { RelayRecordData } from '../../src/dns/records.ts';
import type { Server } from '../../src/dns/transport.ts';

export type Transport = 'udp' | 'tcp';

/** A received query, with what is needed to answer it. */
export interface Query {
  readonly id: number;
  readonly name: string;
  readonly type: string;
  readonly transport: Transport;
  readonly bytes: Buffer;
  readonly recursive: boolean;
  readonly unvalidated: boolean;
}

/** Messages to send back, one after the other; none is silence. */
export type Behaviour = (query: Query) => readonly Buffer[];

export interface FakeServer extends Server {
  readonly queries: readonly Query[];
  close(): Promise<void>;
}

export const startFake = async (
  address: string,
  port: number,
  behaviour: Behaviour,
): Promise<FakeServer> => {
  const queries: Query[] = [];
  const handle = (bytes: Buffer, transport: Transport): readonly Buffer[] => {
    const query = readQuery(bytes, transport);
    queries.push(query);
    return behaviour(query);
  };
  const { udp, tcp } = await bindBoth(address, port);
  udp.on('message', (bytes, peer) => {
    for (const answer of handle(bytes, 'udp')) udp.send(answer, peer.port, peer.address);
  });
  const sockets = new Set<Socket>();
  tcp.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      for (const answer of handle(chunk.subarray(2), 'tcp')) {
        const length = Buffer.alloc(2);
        length.writeUInt16BE(answer.length);
        socket.write(Buffer.concat([length, answer]));
      }
    });
  });
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    udp.close();
    tcp.close();
    await once(tcp, 'close');
  };
  return { address, port: udp.address().port, queries, close };
};

/** Both transports on one port; port 0 takes any that is free for both. */
const bindBoth = async (
  address: string,
  port: number,
): Promise<{ udp: UdpSocket; tcp: TcpServer }> => {
  for (let attempt = 0; ; attempt += 1) {
    const tcp = createServer();
    tcp.listen(port, address);
    await once(tcp, 'listening');
    const bound = tcp.address();
    const udp = createSocket('udp4');
    try {
      udp.bind(typeof bound === 'object' ? bound?.port : port, address);
      await once(udp, 'listening');
      return { udp, tcp };
    } catch (error) {
      tcp.close();
      if (attempt === 5) throw error;
    }
  }
};

const readQuery = (bytes: Buffer, transport: Transport): Query => {
  const packet = dnsPacket.decode(bytes);
  const [question] = packet.questions ?? [];
  return {
    id: packet.id ?? 0,
    name: (question?.name ?? '').toLowerCase(),
    type: question?.type ?? '',
    transport,
    bytes,
    recursive: packet.flag_rd,
    unvalidated: packet.flag_cd,
  };
};

export interface Answer {
  readonly rcode?: number;
  readonly authoritative?: boolean;
  readonly truncated?: boolean;
  readonly answers?: dnsPacket.Answer[];
  readonly authorities?: dnsPacket.Answer[];
  readonly additionals?: dnsPacket.Answer[];
}

export const RCODE = { FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const;

/** The bytes of an answer to a query. */
export const reply = (query: Query, answer: Answer): Buffer =>
  dnsPacket.encode({
    type: 'response',
    id: query.id,
    flags:
      (answer.rcode ?? 0) |
      (answer.authoritative === false ? 0 : dnsPacket.AUTHORITATIVE_ANSWER) |
      (answer.truncated ? dnsPacket.TRUNCATED_RESPONSE : 0),
    questions: dnsPacket.decode(query.bytes).questions ?? [],
    answers: answer.answers ?? [],
    authorities: answer.authorities ?? [],
    additionals: answer.additionals ?? [],
  });

export interface ZoneRecord {
  readonly name: string;
  readonly ttl?: number;
  readonly data:
    | RelayRecordData
    | { readonly type: 'NS' | 'PTR'; readonly target: string }
    | { readonly type: 'SOA'; readonly primary: string; readonly serial: number };
}

/** Answers from a list of records as a name server does: CNAMEs followed, wildcards, NXDOMAIN. */
export const serving =
  (records: readonly ZoneRecord[], authoritative = true): Behaviour =>
  (query) => {
    const answers = find(records, query.name, query.type);
    const exists = records.some(
      ({ name }) => name === query.name || name.endsWith(`.${query.name}`),
    );
    const rcode = answers.length > 0 || exists ? 0 : RCODE.NXDOMAIN;
    return [reply(query, { rcode, authoritative, answers: answers.map(toPacket) })];
  };

const find = (
  records: readonly ZoneRecord[],
  name: string,
  type: string,
  seen: readonly string[] = [],
): ZoneRecord[] => {
  const here = records.filter((record) => record.name === name);
  const wild = records.filter((record) => record.name === `*${name.slice(name.indexOf('.'))}`);
  const at = here.length > 0 ? here : wild.map((record) => ({ ...record, name }));
  const matching = at.filter(({ data }) => data.type === type);
  if (matching.length > 0 || seen.includes(name)) return matching;
  return at.flatMap((record) =>
    record.data.type === 'CNAME'
      ? [record, ...find(records, record.data.target, type, [...seen, name])]
      : [],
  );
};

export const toPacket = ({ name, ttl = 300, data }: ZoneRecord): dnsPacket.Answer => {
  const base = { name, ttl } as const;
  switch (data.type) {
    case 'A':
    case 'AAAA':
      return { ...base, type: data.type, data: data.address };
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return { ...base, type: data.type, data: data.target };
    case 'MX':
      return { ...base, type: 'MX', data: { ...data, exchange: data.exchange || '.' } };
    case 'TXT':
      return { ...base, type: 'TXT', data: data.text.match(/[\s\S]{1,255}/g) ?? [''] };
    case 'SRV':
      return { ...base, type: 'SRV', data };
    case 'CAA':
      return { ...base, type: 'CAA', data: { ...data, tag: data.tag as 'issue' } };
    case 'SOA':
      return {
        ...base,
        type: 'SOA',
        data: { mname: data.primary, rname: 'hostmaster.example', serial: data.serial },
      };
  }
};
