/** Sends an update to a name server and says in words what it made of it. */
import { randomInt } from 'node:crypto';
import { exchangeTcp, type Server, type Silence } from '../transport.ts';
import { sign, type TsigKey, type TsigVerdict, verify } from './tsig.ts';
import { encodeUpdate, HEADER_BYTES, type ZoneUpdate } from './wire.ts';

/** The name server did not carry out the update; the message says why and what to do. */
export class DnsUpdateError extends Error {
  override readonly name = 'DnsUpdateError';
}

const TIMEOUT_MS = 10_000;

/** @throws DnsUpdateError */
export const sendUpdate = async (
  server: Server,
  update: ZoneUpdate,
  key: TsigKey,
  now: () => number = () => Math.floor(Date.now() / 1000),
): Promise<void> => {
  const id = randomInt(0x1_0000);
  const signed = sign(encodeUpdate(id, update), key, now());
  const exchange = await exchangeTcp(server, signed.bytes, {
    timeoutMs: TIMEOUT_MS,
    signal: new AbortController().signal,
    accept: (bytes) => bytes.length >= HEADER_BYTES && bytes.readUInt16BE(0) === id,
  });
  if ('silence' in exchange)
    throw new DnsUpdateError(`${server.address} ${SILENCES[exchange.silence]}`);
  const problem = updateProblem(exchange.bytes, update.zone, key, signed.mac, now());
  if (problem !== undefined) throw new DnsUpdateError(`${server.address} ${problem}`);
};

const SILENCES: Readonly<Record<Silence, string>> = {
  timeout: 'did not answer in time; whether it has made the changes is not known: run again',
  'refused-connection': 'has no DNS server that listens for TCP',
  unreachable: 'cannot be reached from here',
  'cut-off': 'ended the connection without an answer',
};

/** What a server's answer to an update says is wrong; undefined when it was carried out. */
export const updateProblem = (
  bytes: Buffer,
  zone: string,
  key: TsigKey,
  requestMac: Buffer,
  now: number,
): string | undefined => {
  let verdict: TsigVerdict;
  try {
    verdict = verify(bytes, key, requestMac, now);
  } catch {
    return 'answers something that is not DNS';
  }
  const signatureProblem = TSIG_ERRORS[verdict.error]?.(key, zone, verdict, now);
  if (signatureProblem !== undefined) return signatureProblem;
  const rcode = bytes.readUInt8(3) & 0x0f;
  if (rcode !== 0) return RCODES[rcode]?.(zone, key) ?? `refuses the update (code ${rcode})`;
  // Anyone on the way could have said that all is well.
  if (verdict.signature === 'unsigned')
    return 'says that it made the changes, but does not sign its answer: look with "cmdeploy dns"';
  return verdict.signature === 'wrong'
    ? 'signs its answer with another key: someone may be in between'
    : undefined;
};

type TsigProblem = (key: TsigKey, zone: string, verdict: TsigVerdict, now: number) => string;

/** RFC 8945 section 3. */
const TSIG_ERRORS: Readonly<Record<number, TsigProblem>> = {
  16: (key) =>
    `does not accept the signature (BADSIG): the secret of the key ${key.name} is another one there`,
  17: (key, zone) =>
    `does not know the key ${key.name} with ${key.algorithm}, or not for ${zone} (BADKEY): compare its name and algorithm with the server's, and allow it there`,
  18: (_key, _zone, { serverTime }, now) =>
    `does not accept our clock (BADTIME)${serverTime === undefined ? '' : `: it is ${Math.abs(serverTime - now)} s ${serverTime > now ? 'behind' : 'ahead of'} the server's`}; set the clocks right`,
  22: () => 'does not accept the length of the signature (BADTRUNC): use another algorithm',
};

/** RFC 2136 section 2.2. */
const RCODES: Readonly<Record<number, (zone: string, key: TsigKey) => string>> = {
  1: () => 'does not understand the update (FORMERR)',
  2: (zone) => `failed to change ${zone} (SERVFAIL): look into its log`,
  4: () => 'knows no dynamic updates (NOTIMP)',
  5: (zone, key) =>
    `does not let the key ${key.name} change ${zone} (REFUSED): allow it there (update-policy in BIND, acl in knot)`,
  9: (zone, key) =>
    `is not the primary server of ${zone}, or does not accept the key ${key.name} (NOTAUTH)`,
  10: (zone) => `says that a record is outside of ${zone} (NOTZONE)`,
};
