/**
 * Has OpenDKIM sign a message, over the same protocol and with the same words as Postfix, and verifies
 * the signature with the key on disk. The message that goes through the relay cannot show it: delivery
 * takes signatures out.
 */
import { createPublicKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DkimVerifier } from '../filter/dkim/verifier.ts';
import type { LookupTxt } from '../filter/dns.ts';
import { encodeFrame } from '../milter/frames.ts';
import { MILTER_VERSION } from '../milter/protocol.ts';
import type { HeaderField } from '../mime/header-fields.ts';
import type { Connection } from './connection.ts';
import { probeMessage } from './message.ts';

const TIMEOUT_MS = 5000;
/** SMFIF_*: whatever a milter of that version may want to change. */
const ALL_ACTIONS = 0x1ff;
const CONTINUE = 'c';
const INSERT_HEADER = 'i';
/** Answers with which a milter ends a message: accept, continue, and all that refuse it. */
const VERDICTS = 'acrtydq';

const REFUSALS: Readonly<Record<string, string>> = {
  a: 'it lets mail of the relay pass without a signature',
  t: 'it cannot sign for now, for example for want of a key',
};

interface Answer {
  readonly letter: string;
  readonly data: string;
}

/**
 * @param domain that signs
 * @param keys folder with `SELECTOR.private`
 * @throws Error when there is no valid signature
 */
export const expectSignature = async (
  connection: Connection,
  domain: string,
  keys: string,
): Promise<void> => {
  const address = `probe@${domain}`;
  const { source } = probeMessage({ from: address, to: address }, Date.now());
  const headerEnd = source.indexOf('\r\n\r\n');
  const fields = source.slice(0, headerEnd).split('\r\n').map(headerField);
  const body = source.slice(headerEnd + 4);
  const inserted = await signed(connection, address, fields, body);
  const verifier = new DkimVerifier([...inserted, ...fields], domain, keyOnDisk(keys), now());
  verifier.body(Buffer.from(body, 'latin1'));
  const result = await verifier.finish();
  if (result.kind === 'valid') return;
  const why = result.kind === 'invalid' ? ` with the key in ${keys} (${result.why})` : '';
  throw new Error(
    why === '' ? `it does not sign mail of ${domain}` : `its signature does not verify${why}`,
  );
};

const now = (): number => Math.floor(Date.now() / 1000);

const headerField = (line: string): HeaderField => {
  const colon = line.indexOf(':');
  return { name: line.slice(0, colon), value: line.slice(colon + 1) };
};

/** @returns the header fields that the milter puts before the message */
const signed = async (
  connection: Connection,
  address: string,
  fields: readonly HeaderField[],
  body: string,
): Promise<HeaderField[]> => {
  await ask(connection, 'O', numbers(MILTER_VERSION, ALL_ACTIONS, 0));
  macros(connection, 'C', '{daemon_name}', 'ORIGINATING');
  const port = Buffer.from([0, 0]);
  await go(connection, 'C', text('localhost'), Buffer.from('4'), port, text('127.0.0.1'));
  await go(connection, 'H', text('localhost'));
  macros(connection, 'M', 'i', 'probe', '{auth_type}', 'PLAIN', '{auth_authen}', address);
  await go(connection, 'M', text(`<${address}>`));
  await go(connection, 'R', text(`<${address}>`));
  for (const { name, value } of fields) await go(connection, 'L', text(name, value.trimStart()));
  await go(connection, 'N');
  await go(connection, 'B', Buffer.from(body, 'latin1'));
  send(connection, 'E');
  const inserted: HeaderField[] = [];
  for (;;) {
    const { letter, data } = await answer(connection);
    const [name, value] = data.slice(4).split('\0');
    if (letter === INSERT_HEADER && name && value) inserted.push({ name, value: ` ${value}` });
    if (VERDICTS.includes(letter)) return inserted;
  }
};

/** The public half of a key, as its DNS record would be. */
const keyOnDisk =
  (folder: string): LookupTxt =>
  async (name) => {
    const selector = name.split('._domainkey.')[0] ?? '';
    const key = createPublicKey(await readFile(join(folder, `${selector}.private`)));
    const record = `v=DKIM1;k=rsa;p=${key.export({ type: 'spki', format: 'der' }).toString('base64')}`;
    return { kind: 'records', records: [record] };
  };

const text = (...words: readonly string[]): Buffer =>
  Buffer.from(words.map((word) => `${word}\0`).join(''), 'latin1');

const numbers = (...values: readonly number[]): Buffer => {
  const data = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) data.writeUInt32BE(value, 4 * index);
  return data;
};

const send = (connection: Connection, letter: string, ...data: readonly Buffer[]): void =>
  connection.write(encodeFrame(letter, ...data).toString('latin1'));

/** Macros of the command that follows; a milter does not answer them. */
const macros = (connection: Connection, command: string, ...pairs: readonly string[]): void =>
  send(connection, 'D', Buffer.from(command), text(...pairs));

const ask = (
  connection: Connection,
  letter: string,
  ...data: readonly Buffer[]
): Promise<Answer> => {
  send(connection, letter, ...data);
  return answer(connection);
};

/** @throws Error unless the milter wants to go on */
const go = async (
  connection: Connection,
  letter: string,
  ...data: readonly Buffer[]
): Promise<void> => {
  const { letter: found } = await ask(connection, letter, ...data);
  if (found === CONTINUE) return;
  throw new Error(REFUSALS[found] ?? `it answered "${found}" to "${letter}" of a message`);
};

const answer = async (connection: Connection): Promise<Answer> => {
  const length = Buffer.from(await connection.bytes(4, TIMEOUT_MS), 'latin1').readUInt32BE(0);
  const frame = await connection.bytes(length, TIMEOUT_MS);
  return { letter: frame.slice(0, 1), data: frame.slice(1) };
};
